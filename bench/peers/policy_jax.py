"""Policy distillation: KL(teacher ‖ student) of action logits, Adam."""

import jax
import jax.numpy as jnp
from common.jax_training import ENGINE, adam_steps, mlp, parameters
from common.serve import serve


def loss_of(params, batch):
    x, teacher = batch
    log_teacher = jax.nn.log_softmax(teacher)
    log_student = jax.nn.log_softmax(mlp(params, x))
    return jnp.mean(jnp.sum(jnp.exp(log_teacher) * (log_teacher - log_student), axis=1))


def setup(arrays, variant, random):
    batches = [(jnp.asarray(x), jnp.asarray(t)) for x, t in zip(arrays["x"], arrays["teacher"])]
    return adam_steps(parameters(arrays), loss_of, batches, 1e-3)


serve(ENGINE, setup)
