"""Graph convolutions."""

import torch.nn.functional as F
from common.pyg_training import ENGINE, assign, graph_steps
from common.serve import serve
from torch_geometric.nn import GCNConv


def layer(given, name):
    kernel, bias = given[f"{name}/kernel"], given[f"{name}/bias"]
    conv = GCNConv(*kernel.shape, cached=True)
    assign(conv.lin.weight, kernel.T)
    assign(conv.bias, bias)
    return conv


def make(given):
    return layer(given, "conv1"), layer(given, "conv2"), F.relu


serve(ENGINE, lambda arrays, variant, random: graph_steps(arrays, variant, make))
