"""Training steps in PyTorch."""

import os

import torch
import torch.nn.functional as F

ENGINE = f"PyTorch {torch.__version__}"


def use_threads():
    torch.set_num_threads(int(os.environ["BENCH_THREADS"]))


def tensors(arrays):
    return {name: torch.from_numpy(values) for name, values in arrays.items()}


class Mlp(torch.nn.Module):
    """ReLU layers `dense1`, `dense2`, … from kernels [in, out] and biases."""

    def __init__(self, arrays):
        super().__init__()
        self.layers = torch.nn.ModuleList()
        while f"dense{len(self.layers) + 1}/kernel" in arrays:
            name = f"dense{len(self.layers) + 1}"
            self.layers.append(linear(arrays[f"{name}/kernel"], arrays[f"{name}/bias"]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


def linear(kernel, bias):
    layer = torch.nn.Linear(*kernel.shape)
    with torch.no_grad():
        layer.weight.copy_(kernel.T)
        layer.bias.copy_(bias)
    return layer


def adam_steps(model, loss_of, batches, variant, learning_rate):
    """`loss_of(batch)` is minimised over `batches` in turn by Adam.

    Variants: 'foreach' and 'fused' optimizer, and 'compile': forward and backward by torch.compile, fused optimizer.
    """
    optimizer = torch.optim.Adam(model.parameters(), learning_rate, foreach=variant == "foreach", fused=variant != "foreach")
    if variant == "compile":
        loss_of = torch.compile(loss_of)
    at = 0

    def run(steps):
        nonlocal at
        for _ in range(steps):
            loss = loss_of(batches[at % len(batches)])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            at += 1
        return loss.item()

    return run
