"""DP-SGD on the convolutional network of Opacus' MNIST example."""

import torch
import torch.nn.functional as F
from common.opacus_training import ENGINE, private_steps
from common.serve import serve
from common.torch_training import linear, tensors, use_threads


def convolution(kernel, bias, **options):
    layer = torch.nn.Conv2d(kernel.shape[2], kernel.shape[3], kernel.shape[0], **options)
    with torch.no_grad():
        layer.weight.copy_(kernel.permute(3, 2, 0, 1))
        layer.bias.copy_(bias)
    return layer


class Cnn(torch.nn.Module):
    def __init__(self, arrays):
        super().__init__()
        of = lambda name: (arrays[f"{name}/kernel"], arrays[f"{name}/bias"])
        self.conv1 = convolution(*of("conv1"), stride=2, padding=3)
        self.conv2 = convolution(*of("conv2"), stride=2)
        kernel, bias = of("dense1")
        # Ours flattens [h, w, c], PyTorch [c, h, w].
        self.dense1 = linear(kernel.reshape(4, 4, 32, 32).permute(2, 0, 1, 3).reshape(512, 32), bias)
        self.dense2 = linear(*of("dense2"))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2, 1)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2, 1)
        return self.dense2(F.relu(self.dense1(x.flatten(1))))


def setup(arrays, variant, random):
    use_threads()
    given = tensors(arrays)
    # Reshaped, not permuted: Opacus' patches are wrong where PyTorch takes one channel for channels last.
    images = given["x"].reshape(-1, 256, 1, 28, 28)
    return private_steps(Cnn(given), list(zip(images, given["y"].long())), variant, random)


serve(ENGINE, setup)
