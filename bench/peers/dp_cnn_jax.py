"""DP-SGD on the convolutional network of Opacus' MNIST example."""

import jax
import jax.numpy as jnp
from common.jax_private import by_ghost, by_vmap, dense_example, private_steps, unnoted
from common.jax_training import ENGINE, parameters
from common.serve import serve
from jax import lax

NHWC = ("NHWC", "HWIO", "NHWC")
CONVOLUTIONS = {"conv1": {"kernel": 8, "padding": 3}, "conv2": {"kernel": 4, "padding": 0}}


def padding_of(name):
    return [(CONVOLUTIONS[name]["padding"],) * 2] * 2


def forward(params, x, note=unnoted):
    for name in CONVOLUTIONS:
        z = lax.conv_general_dilated(x, params[f"{name}/kernel"], (2, 2), padding_of(name), dimension_numbers=NHWC)
        z = jax.nn.relu(note(name, x, z + params[f"{name}/bias"]))
        x = lax.reduce_window(z, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 1, 1, 1), "VALID")
    x = x.reshape(len(x), -1)
    h = jax.nn.relu(note("dense1", x, x @ params["dense1/kernel"] + params["dense1/bias"]))
    return note("dense2", h, h @ params["dense2/kernel"] + params["dense2/bias"])


def convolution_example(name):
    """Gradients of each example: patches times deltas."""

    def of(a, delta):
        n, height, width, filters = delta.shape
        kernel, channels = CONVOLUTIONS[name]["kernel"], a.shape[3]
        rows = lax.conv_general_dilated_patches(a, (kernel, kernel), (2, 2), padding_of(name), dimension_numbers=NHWC)
        kernels = jnp.einsum("nhwk,nhwf->nkf", rows, delta)
        biases = jnp.sum(delta, (1, 2))
        squares = jnp.sum(kernels * kernels, (1, 2)) + jnp.sum(biases * biases, 1)

        def sum_of(c):
            # Patches come with channels first: [c, kh, kw].
            total = jnp.tensordot(c, kernels, 1).reshape(channels, kernel, kernel, filters)
            return total.transpose(1, 2, 0, 3), c @ biases

        return squares, sum_of

    return of


def setup(arrays, variant, random):
    batches = [(jnp.asarray(x), jnp.asarray(y)) for x, y in zip(arrays["x"], arrays["y"])]
    layers = {name: convolution_example(name) for name in CONVOLUTIONS}
    layers.update(dense1=dense_example, dense2=dense_example)
    clipped_sum = by_ghost(forward, layers) if variant == "ghost" else by_vmap(forward)
    return private_steps(parameters(arrays), batches, clipped_sum, random)


serve(ENGINE, setup)
