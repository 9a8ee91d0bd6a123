"""DP-SGD on an MLP."""

import jax
import jax.numpy as jnp
from common.jax_private import by_ghost, by_vmap, dense_example, private_steps, unnoted
from common.jax_training import ENGINE, parameters
from common.serve import serve


def forward(params, x, note=unnoted):
    z = note("dense1", x, x @ params["dense1/kernel"] + params["dense1/bias"])
    h = jax.nn.relu(z)
    return note("dense2", h, h @ params["dense2/kernel"] + params["dense2/bias"])


def setup(arrays, variant, random):
    batches = [(jnp.asarray(x), jnp.asarray(y)) for x, y in zip(arrays["x"], arrays["y"])]
    layers = {"dense1": dense_example, "dense2": dense_example}
    clipped_sum = by_ghost(forward, layers) if variant == "ghost" else by_vmap(forward)
    return private_steps(parameters(arrays), batches, clipped_sum, random)


serve(ENGINE, setup)
