"""Training steps in JAX: one compiled program a step."""

from functools import partial

import jax
import jax.numpy as jnp

ENGINE = f"JAX {jax.__version__}"


def parameters(arrays, names=None):
    return {name: jnp.asarray(arrays[name]) for name in names or arrays if "/" in name}


def mlp(params, x):
    """ReLU layers `dense1`, `dense2`, … from kernels [in, out] and biases."""
    count = sum(name.endswith("/kernel") for name in params)
    for i in range(1, count + 1):
        x = x @ params[f"dense{i}/kernel"] + params[f"dense{i}/bias"]
        if i < count:
            x = jax.nn.relu(x)
    return x


def cross_entropy(logits, labels):
    """−log softmax(z)[y], one number an example."""
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1)[:, 0]


def adam_steps(params, loss_of, batches, learning_rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """`loss_of(params, batch)` is minimised over `batches` in turn by Adam (Kingma and Ba 2015)."""

    @partial(jax.jit, donate_argnums=0)
    def step(state, batch):
        params, m, v, t = state
        loss, grads = jax.value_and_grad(loss_of)(params, batch)
        t = t + 1
        m = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, m, grads)
        v = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, v, grads)
        root = jnp.sqrt(1 - beta2**t)
        rate = learning_rate * root / (1 - beta1**t)
        params = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + epsilon * root), params, m, v)
        return (params, m, v, t), loss

    zeros = lambda: jax.tree.map(jnp.zeros_like, params)
    return steps(step, (params, zeros(), zeros(), jnp.float32(0)), batches)


def steps(step, state, batches):
    """`run(n)` for a compiled `step(state, batch) -> (state, loss)`."""
    at = 0

    def run(n):
        nonlocal at, state
        for _ in range(n):
            state, loss = step(state, batches[at % len(batches)])
            at += 1
        jax.block_until_ready(state)
        return loss

    return run
