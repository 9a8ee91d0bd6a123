/** What all contenders of a workload begin with, by name: data and first weights, row-major. */
export type Arrays = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly values: Float32Array | Int32Array | Uint8Array }>
>;

/**
 * Does `steps` more steps, waits for the last to end, and returns the workload's value: the loss of the last step, or
 * whatever else tells that both sides do the same.
 */
export type Run = (steps: number) => number | Promise<number>;

export interface Setup {
  readonly arrays: Arrays;
  /** One of the contender's ways of doing the same; '' where it has only one. */
  readonly variant: string;
  /** False while values are compared: steps then draw no random numbers. */
  readonly random: boolean;
}

export interface Peer {
  readonly name: string;
  /** Program in bench/peers, or a variant of our own workload. */
  readonly program: string | { readonly ours: string };
  /** Python packages it imports. */
  readonly packages: readonly string[];
  /** Ways of doing the same that are all tried; the fastest is measured. */
  readonly variants: readonly string[];
  /** The time ratio ours/theirs to reach, at most. */
  readonly goal: number;
}

/** How to tell that both sides do the same work. */
export interface Agreement {
  /** The values after the first step and after so many steps agree … */
  readonly steps: number;
  /** … to this, relative to the larger of the two. */
  readonly tolerance: number;
  /** The value falls from the first step to the last one measured. */
  readonly falls: boolean;
}

export interface Workload {
  /** Under which the issue and the README list it. */
  readonly letter: string;
  readonly title: string;
  /** What one step is. */
  readonly unit: string;
  /** False where it computes with no tensors and so needs no engine. */
  readonly tensors?: false;
  arrays(): Arrays;
  /** Our side. Called in a process of its own, after the engine has been chosen. */
  start(setup: Setup): Run | Promise<Run>;
  readonly peers: readonly Peer[];
  readonly agreement: Agreement;
}
