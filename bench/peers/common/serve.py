"""Their side of bench/protocol.ts: JSON requests on standard input, answers on standard output."""

import json
import os
import sys
import time

import numpy as np


def read_arrays(folder):
    """The arrays that bench/arrays.ts wrote, by name."""
    with open(os.path.join(folder, "arrays.json")) as file:
        entries = json.load(file)
    path = os.path.join(folder, "arrays.bin")
    return {
        name: np.fromfile(path, entry["dtype"], entry["count"], offset=entry["offset"]).reshape(entry["shape"])
        for name, entry in entries.items()
    }


def serve(engine, setup, threaded=True):
    """Answers until standard input ends.

    `setup(arrays, variant, random)` returns `run(steps)`, which returns the value once its last step is done.
    `threaded` is false where the number of threads makes no difference.
    """
    threads = os.environ["BENCH_THREADS"]
    how = [f"{threads} thread{'' if threads == '1' else 's'}"] if threaded else []
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # What a library prints must not get between the answers.
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "setup":
                run = setup(read_arrays(request["folder"]), request["variant"], request["random"])
                variant = [request["variant"]] if request["variant"] else []
                answer = {"engine": ", ".join([engine, *variant, *how])}
            else:
                start = time.perf_counter()
                value = run(request["steps"])
                answer = {"seconds": time.perf_counter() - start, "value": float(value)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), file=out, flush=True)
