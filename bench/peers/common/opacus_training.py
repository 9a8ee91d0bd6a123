"""DP-SGD steps by Opacus."""

import opacus
import torch
import torch.nn.functional as F
from opacus.grad_sample import GradSampleModule, GradSampleModuleFastGradientClipping
from opacus.optimizers import DPOptimizer, DPOptimizerFastGradientClipping
from opacus.utils.fast_gradient_clipping_utils import DPLossFastGradientClipping

ENGINE = f"Opacus {opacus.__version__}, PyTorch {torch.__version__}"


def private_steps(model, batches, variant, random):
    """SGD on gradients clipped to norm 1 with noise.

    Variants: 'ghost' clipping (norms from activations, a second backward pass) and 'hooks' (gradients of each example).
    """
    ghost = variant == "ghost"
    settings = {
        "noise_multiplier": 0.5 if random else 0.0,
        "max_grad_norm": 1.0,
        "expected_batch_size": len(batches[0][1]),
    }
    if ghost:
        module = GradSampleModuleFastGradientClipping(model, max_grad_norm=1.0, use_ghost_clipping=True)
    else:
        module = GradSampleModule(model)
    optimizer = torch.optim.SGD(module.parameters(), 0.1)
    optimizer = (DPOptimizerFastGradientClipping if ghost else DPOptimizer)(optimizer, **settings)
    criterion = torch.nn.CrossEntropyLoss()
    if ghost:
        criterion = DPLossFastGradientClipping(module, optimizer, criterion)
    at = 0

    def run(steps):
        nonlocal at
        for _ in range(steps):
            x, y = batches[at % len(batches)]
            optimizer.zero_grad()
            loss = criterion(module(x), y)
            loss.backward()
            optimizer.step()
            at += 1
        return loss.item()

    return run
