"""Policy distillation: KL(teacher ‖ student) of action logits, Adam."""

import torch.nn.functional as F
from common.serve import serve
from common.torch_training import ENGINE, Mlp, adam_steps, tensors, use_threads


def setup(arrays, variant, random):
    use_threads()
    given = tensors(arrays)
    model = Mlp(given)

    def loss_of(batch):
        x, teacher = batch
        return F.kl_div(F.log_softmax(model(x), 1), F.log_softmax(teacher, 1), reduction="batchmean", log_target=True)

    return adam_steps(model, loss_of, list(zip(given["x"], given["teacher"])), variant, 1e-3)


serve(ENGINE, setup)
