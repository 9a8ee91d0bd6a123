"""GraphSAGE with the mean."""

import torch.nn.functional as F
from common.pyg_training import ENGINE, assign, graph_steps
from common.serve import serve
from torch_geometric.nn import SAGEConv


def layer(given, name):
    neighbors, own = given[f"{name}/neighbors"], given[f"{name}/self"]
    conv = SAGEConv(*neighbors.shape)
    assign(conv.lin_l.weight, neighbors.T)
    assign(conv.lin_l.bias, given[f"{name}/bias"])
    assign(conv.lin_r.weight, own.T)
    return conv


def make(given):
    return layer(given, "conv1"), layer(given, "conv2"), F.relu


serve(ENGINE, lambda arrays, variant, random: graph_steps(arrays, variant, make))
