"""CartPoles stepped together by Gymnasium's own vectorised version, under random actions."""

import gymnasium
from common.serve import serve


def setup(arrays, variant, random):
    actions = arrays["actions"]
    size = actions.shape[1]
    envs = gymnasium.make_vec("CartPole-v1", num_envs=size, vectorization_mode="vector_entry_point")
    envs.reset(seed=0)
    stepped = ended = 0

    def run(steps):
        nonlocal stepped, ended
        for i in range(stepped, stepped + steps):
            _, _, terminated, truncated, _ = envs.step(actions[i % len(actions)])
            ended += int((terminated | truncated).sum())
        stepped += steps
        # After an episode Gymnasium spends a step on the reset; it is none of the episode's.
        return (stepped * size - ended) / max(1, ended)

    return run


serve(f"Gymnasium {gymnasium.__version__}", setup, threaded=False)
