"""A TinyBERT-sized classifier."""

import torch
import torch.nn.functional as F
from common.serve import serve
from common.torch_training import ENGINE, adam_steps, linear, tensors, use_threads

HEADS, EPSILON = 12, 1e-12


def dense(arrays, name):
    return linear(arrays[f"{name}/kernel"], arrays[f"{name}/bias"])


def norm(arrays, name):
    layer = torch.nn.LayerNorm(arrays[f"{name}/gain"].shape, EPSILON)
    with torch.no_grad():
        layer.weight.copy_(arrays[f"{name}/gain"])
        layer.bias.copy_(arrays[f"{name}/shift"])
    return layer


class Layer(torch.nn.Module):
    def __init__(self, arrays, name):
        super().__init__()
        for part in ("query", "key", "value", "output", "up", "down"):
            setattr(self, part, dense(arrays, f"{name}/{part}"))
        self.attention_norm = norm(arrays, f"{name}/attention")
        self.network_norm = norm(arrays, f"{name}/network")

    def forward(self, h):
        n, length, width = h.shape
        query, key, value = (
            part(h).view(n, length, HEADS, width // HEADS).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        mixed = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(n, length, width)
        h = self.attention_norm(h + self.output(mixed))
        return self.network_norm(h + self.down(F.gelu(self.up(h))))


class Transformer(torch.nn.Module):
    def __init__(self, arrays):
        super().__init__()
        self.token = torch.nn.Embedding.from_pretrained(arrays["embedding/token"].clone(), freeze=False)
        self.position = torch.nn.Parameter(arrays["embedding/position"].clone())
        self.norm = norm(arrays, "embedding/norm")
        count = sum(name.endswith("/query/kernel") for name in arrays)
        self.layers = torch.nn.Sequential(*(Layer(arrays, f"layer{i}") for i in range(count)))
        self.pooler, self.classifier = dense(arrays, "pooler"), dense(arrays, "classifier")

    def forward(self, tokens):
        h = self.layers(self.norm(self.token(tokens) + self.position))
        return self.classifier(torch.tanh(self.pooler(h[:, 0])))


def setup(arrays, variant, random):
    use_threads()
    given = tensors(arrays)
    model = Transformer(given)

    def loss_of(batch):
        x, y = batch
        return F.cross_entropy(model(x), y)

    return adam_steps(model, loss_of, list(zip(given["x"].long(), given["y"].long())), variant, 1e-4)


serve(ENGINE, setup)
