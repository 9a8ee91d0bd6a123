"""DP-SGD steps in JAX."""

from functools import partial

import jax
import jax.numpy as jnp

from common.jax_training import cross_entropy, steps

LEARNING_RATE, NORM, NOISE = 0.1, 1.0, 0.5


def private_steps(params, batches, clipped_sum, random):
    """SGD on `clipped_sum(params, x, y) -> (losses [n], sum of clipped gradients)` with noise."""

    @partial(jax.jit, donate_argnums=0)
    def step(state, batch):
        params, key = state
        x, y = batch
        losses, sums = clipped_sum(params, x, y)
        if random:
            key, *keys = jax.random.split(key, len(sums) + 1)
            sums = {
                name: total + NOISE * NORM * jax.random.normal(k, total.shape)
                for k, (name, total) in zip(keys, sums.items())
            }
        params = {name: p - LEARNING_RATE / len(y) * sums[name] for name, p in params.items()}
        return (params, key), jnp.mean(losses)

    return steps(step, (params, jax.random.key(0)), batches)


def factors(squares):
    """min(1, C/norm), from squared norms [n]."""
    return jnp.minimum(1, NORM / jnp.sqrt(jnp.maximum(squares, 1e-20)))


def unnoted(name, a, z):
    """What a forward pass calls with each layer's name, input and output, and goes on with; see `by_ghost`."""
    return z


def by_vmap(forward):
    """Every example's gradient made and clipped."""

    def clipped_sum(params, x, y):
        def loss_of(params, x, y):
            return cross_entropy(forward(params, x[None]), y[None])[0]

        losses, grads = jax.vmap(jax.value_and_grad(loss_of), (None, 0, 0))(params, x, y)
        squares = sum(jnp.sum(jnp.square(g.reshape(len(y), -1)), 1) for g in grads.values())
        return losses, {name: jnp.tensordot(factors(squares), g, 1) for name, g in grads.items()}

    return clipped_sum


def by_ghost(forward, per_example):
    """Norms from inputs and deltas of each layer, one backward pass.

    The deltas are gradients by zeros that are added to the layers' outputs.
    `per_example[layer](input, delta) -> (squared norms [n], factors -> gradients)`.
    """

    def clipped_sum(params, x, y):
        shapes = {}

        def note_shape(name, a, z):
            shapes[name] = z.shape
            return z

        jax.eval_shape(lambda: forward(params, x, note_shape))

        def loss_of(shifts):
            inputs = {}

            def note_input(name, a, z):
                inputs[name] = a
                return z + shifts[name]

            losses = cross_entropy(forward(params, x, note_input), y)
            return jnp.sum(losses), (losses, inputs)

        zeros = {name: jnp.zeros(shape) for name, shape in shapes.items()}
        deltas, (losses, inputs) = jax.grad(loss_of, has_aux=True)(zeros)
        parts = {name: per_example[name](inputs[name], delta) for name, delta in deltas.items()}
        c = factors(sum(squares for squares, _ in parts.values()))
        sums = {}
        for name, (_, sum_of) in parts.items():
            sums[f"{name}/kernel"], sums[f"{name}/bias"] = sum_of(c)
        return losses, sums

    return clipped_sum


def dense_example(a, delta):
    squares = jnp.sum(delta * delta, 1) * (jnp.sum(a * a, 1) + 1)

    def sum_of(c):
        weighted = delta * c[:, None]
        return a.T @ weighted, jnp.sum(weighted, 0)

    return squares, sum_of
