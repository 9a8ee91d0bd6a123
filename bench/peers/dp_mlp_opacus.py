"""DP-SGD on an MLP."""

from common.opacus_training import ENGINE, private_steps
from common.serve import serve
from common.torch_training import Mlp, tensors, use_threads


def setup(arrays, variant, random):
    use_threads()
    given = tensors(arrays)
    return private_steps(Mlp(given), list(zip(given["x"], given["y"].long())), variant, random)


serve(ENGINE, setup)
