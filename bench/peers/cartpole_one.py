"""One CartPole under random actions, reset where an episode ends."""

import gymnasium
from common.serve import serve


def setup(arrays, variant, random):
    actions = arrays["actions"].tolist()
    env = gymnasium.make("CartPole-v1")
    env.reset(seed=0)
    stepped = ended = 0

    def run(steps):
        nonlocal stepped, ended
        for i in range(stepped, stepped + steps):
            _, _, terminated, truncated, _ = env.step(actions[i % len(actions)])
            if terminated or truncated:
                ended += 1
                env.reset()
        stepped += steps
        return stepped / max(1, ended)

    return run


serve(f"Gymnasium {gymnasium.__version__}", setup, threaded=False)
