"""A teacher's epoch: cross-entropy of a large MLP on images of bytes, Adam."""

import torch.nn.functional as F
from common.serve import serve
from common.torch_training import ENGINE, Mlp, adam_steps, tensors, use_threads

BATCH = 128


class Batches:
    """Batches of the shuffled order, made when asked for as a loader would."""

    def __init__(self, images, labels, order):
        self.images, self.labels, self.order = images, labels.long(), order.long()

    def __len__(self):
        return len(self.order) // BATCH

    def __getitem__(self, i):
        ids = self.order[i * BATCH : (i + 1) * BATCH]
        return self.images[ids].float().div_(255), self.labels[ids]


def setup(arrays, variant, random):
    use_threads()
    given = tensors(arrays)
    model = Mlp(given)

    def loss_of(batch):
        x, y = batch
        return F.cross_entropy(model(x), y)

    return adam_steps(model, loss_of, Batches(given["images"], given["labels"], given["order"]), variant, 1e-3)


serve(ENGINE, setup)
