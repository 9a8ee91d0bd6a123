"""A student's answers to one example after the other by ONNX Runtime."""

import os

import onnxruntime
from common.serve import serve
from onnx import TensorProto, helper, numpy_helper


def mlp(arrays):
    """ReLU layers `dense1`, `dense2`, … as a model x [1, in] → logits."""
    count = sum(name.endswith("/kernel") for name in arrays)
    nodes, at = [], "x"
    for i in range(1, count + 1):
        out = "logits" if i == count else f"z{i}"
        nodes.append(helper.make_node("Gemm", [at, f"dense{i}/kernel", f"dense{i}/bias"], [out]))
        if i < count:
            nodes.append(helper.make_node("Relu", [out], [f"h{i}"]))
        at = f"h{i}"
    width = {"x": arrays["x"].shape[1], "logits": arrays[f"dense{count}/bias"].shape[0]}
    place = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, n]) for name, n in width.items()}
    weights = [numpy_helper.from_array(values, name) for name, values in arrays.items() if "/" in name]
    graph = helper.make_graph(nodes, "student", [place["x"]], [place["logits"]], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def setup(arrays, variant, random):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ["BENCH_THREADS"])
    session = onnxruntime.InferenceSession(mlp(arrays).SerializeToString(), options, ["CPUExecutionProvider"])
    examples = [row[None] for row in arrays["x"]]
    at = 0

    def run(steps):
        nonlocal at
        for _ in range(steps):
            (logits,) = session.run(None, {"x": examples[at % len(examples)]})
            at += 1
        return logits.max()

    return run


serve(f"ONNX Runtime {onnxruntime.__version__}", setup)
