"""Training on a whole graph in PyTorch Geometric."""

import torch
import torch.nn.functional as F
import torch_geometric

from common.torch_training import adam_steps, tensors, use_threads

ENGINE = f"PyG {torch_geometric.__version__}, PyTorch {torch.__version__}"


class SparseLinear(torch.nn.Module):
    """A product with sparse features, in place of a layer's own."""

    def __init__(self, layer):
        super().__init__()
        self.weight = layer.weight

    def forward(self, x):
        return torch.sparse.mm(x, self.weight.T)


class Net(torch.nn.Module):
    def __init__(self, first, second, activation):
        super().__init__()
        self.first, self.second, self.activation = first, second, activation

    def forward(self, x, edges):
        return self.second(self.activation(self.first(x, edges)), edges)


def features(given, sparse):
    """[nodes, features], sparse where asked for."""
    if "features" in given:
        return given["features"]
    present = given["present"].long()
    nodes, each = present.shape
    rows = torch.arange(nodes).repeat_interleave(each)
    width = given["conv1/neighbors" if "conv1/neighbors" in given else "conv1/kernel"].shape[0]
    values = torch.full((nodes * each,), 1 / each)
    x = torch.sparse_coo_tensor(torch.stack([rows, present.flatten()]), values, (nodes, width)).coalesce()
    return x.to_sparse_csr() if sparse else x.to_dense()


def adjacency(given, nodes, as_matrix):
    """An edge list [2, edges], or the transposed adjacency as a sparse matrix."""
    edges = torch.stack([given["source"].long(), given["target"].long()])
    if not as_matrix:
        return edges
    ones = torch.ones(edges.shape[1])
    return torch.sparse_coo_tensor(edges.flip(0), ones, (nodes, nodes)).coalesce().to_sparse_csr()


def assign(parameter, values):
    with torch.no_grad():
        parameter.copy_(values)


def graph_steps(arrays, variant, make):
    """Adam on the cross-entropy of the labelled nodes. `make(given)` returns first layer, second layer, activation.

    Variants: 'edges' or 'matrix', with ', sparse x' where the first layer has a `lin` that can multiply sparse features.
    """
    use_threads()
    given = tensors(arrays)
    sparse = "sparse x" in variant
    model = Net(*make(given))
    if sparse:
        model.first.lin = SparseLinear(model.first.lin)
    x = features(given, sparse)
    edges = adjacency(given, x.shape[0], variant.startswith("matrix"))
    labelled = given["mask"].nonzero()[:, 0]
    labels = given["labels"].long()[labelled]
    return adam_steps(model, lambda batch: F.cross_entropy(model(x, edges)[labelled], labels), [None], "fused", 0.01)
