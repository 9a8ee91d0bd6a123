/** What was met in a rollout, time-major: element t·n + i belongs to step t of environment i. */
export interface Trajectories {
  /** Number of environments n; every array is [T·n]. */
  readonly environments: number;
  readonly rewards: ArrayLike<number>;
  /** V(s_t). */
  readonly values: ArrayLike<number>;
  /** V of the state that step t led to, before any reset; not read where the step terminated. */
  readonly nextValues: ArrayLike<number>;
  /** 1 where the episode came to its end: nothing follows. */
  readonly terminated: ArrayLike<number>;
  /** 1 where the time limit cut it off: its value follows, the next row's advantage does not. */
  readonly truncated: ArrayLike<number>;
}

/**
 * Generalised advantage estimation, Schulman et al. 2016 (arXiv:1506.02438), eq. 16, in reverse recursion:
 * δ_t = r_t + γ·V(s_{t+1}) − V(s_t), A_t = δ_t + γλ·A_{t+1}. V(s_{t+1}) is 0 after a termination but not after a
 * truncation (Pardo et al. 2018, arXiv:1712.00378); A_{t+1} is 0 after either. Returns are A_t + V(s_t), the
 * targets of the value function. Both [T·n].
 */
export function gae(
  { environments, rewards, values, nextValues, terminated, truncated }: Trajectories,
  { gamma, lambda }: { gamma: number; lambda: number },
): { advantages: Float32Array; returns: Float32Array } {
  const advantages = new Float32Array(rewards.length);
  const returns = new Float32Array(rewards.length);
  for (let i = 0; i < environments; i++) {
    let advantage = 0;
    for (let at = rewards.length - environments + i; at >= 0; at -= environments) {
      const next = terminated[at] === 1 ? 0 : nextValues[at]!;
      const delta = rewards[at]! + gamma * next - values[at]!;
      const continues = terminated[at] !== 1 && truncated[at] !== 1;
      advantage = delta + (continues ? gamma * lambda * advantage : 0);
      advantages[at] = advantage;
      returns[at] = advantage + values[at]!;
    }
  }
  return { advantages, returns };
}
