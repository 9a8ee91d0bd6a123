"""A teacher's epoch: cross-entropy of a large MLP on images of bytes, Adam."""

import jax
import jax.numpy as jnp
from common.jax_training import ENGINE, adam_steps, cross_entropy, mlp, parameters
from common.serve import serve

BATCH = 128


class Batches:
    """Batches of the shuffled order: bytes gathered by NumPy, converted within the step."""

    def __init__(self, images, labels, order):
        self.images, self.labels, self.order = images, labels.astype("int32"), order

    def __len__(self):
        return len(self.order) // BATCH

    def __getitem__(self, i):
        ids = self.order[i * BATCH : (i + 1) * BATCH]
        return self.images[ids], self.labels[ids]


def loss_of(params, batch):
    x, y = batch
    return jnp.mean(cross_entropy(mlp(params, x.astype(jnp.float32) / 255), y))


def setup(arrays, variant, random):
    batches = Batches(arrays["images"], arrays["labels"], arrays["order"])
    return adam_steps(parameters(arrays), loss_of, batches, 1e-3)


serve(ENGINE, setup)
