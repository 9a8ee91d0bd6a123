"""Graph attention."""

import torch.nn.functional as F
from common.pyg_training import ENGINE, assign, graph_steps
from common.serve import serve
from torch_geometric.nn import GATConv


def layer(given, name):
    kernel, source = given[f"{name}/kernel"], given[f"{name}/source"]
    heads, width = source.shape
    conv = GATConv(kernel.shape[0], width, heads)
    assign(conv.lin.weight, kernel.T)
    assign(conv.att_src, source[None])
    assign(conv.att_dst, given[f"{name}/target"][None])
    assign(conv.bias, given[f"{name}/bias"])
    return conv


def make(given):
    return layer(given, "conv1"), layer(given, "conv2"), F.elu


serve(ENGINE, lambda arrays, variant, random: graph_steps(arrays, variant, make))
