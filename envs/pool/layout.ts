import type { Dynamics } from '../dynamics';
import type { Actions } from '../spaces';
import type { Stepping } from '../stepping';

/** The arrays of a vector of n environments in memory that threads share. */
export interface Shared {
  readonly stepping: Omit<Stepping, 'step' | 'resume' | 'positions'> & { readonly positions: Float64Array };
  readonly actions: Actions;
  /** Number of the command given last; then for each worker the number of the command that it has carried out. */
  readonly control: Int32Array;
  /** The command itself: STEP, RESUME or STOP. */
  readonly command: Int32Array;
  /** Length of the message of an error, then its UTF-8 bytes; 0 while all is well. */
  readonly failure: Int32Array;
  readonly message: Uint8Array;
}

export const STEP = 1;
export const RESUME = 2;
export const MESSAGE_BYTES = 4096;

/** Lays the arrays into one buffer, or finds them in one; `bytes` tells how long it has to be. */
export function layout(
  { stateSize, observationSpace, actionSpace }: Dynamics,
  n: number,
  workers: number,
  given?: SharedArrayBuffer,
): { shared: Shared; buffer: SharedArrayBuffer } {
  const width = observationSpace.size;
  let at = 0;
  const place = (bytes: number, length: number): number => {
    at = Math.ceil(at / 8) * 8;
    const here = at;
    at += bytes * length;
    return here;
  };
  const states = Array.from({ length: stateSize }, () => place(8, n));
  const [returns, episodeReturns, positions] = [place(8, n), place(8, n), place(8, n)];
  const [elapsed, episodes, episodeLengths] = [place(4, n), place(4, n), place(4, n)];
  const [observations, finalObservations, rewards] = [place(4, n * width), place(4, n * width), place(4, n)];
  const actions = place(4, n * actionSpace.size);
  const [terminated, truncated] = [place(1, n), place(1, n)];
  const [control, command, failure] = [place(4, 1 + workers), place(4, 1), place(4, 1)];
  const message = place(1, MESSAGE_BYTES);
  const buffer = given ?? new SharedArrayBuffer(at);
  const float64 = (from: number) => new Float64Array(buffer, from, n);
  const int32 = (from: number, length = n) => new Int32Array(buffer, from, length);
  const float32 = (from: number, length: number) => new Float32Array(buffer, from, length);
  return {
    buffer,
    shared: {
      stepping: {
        states: states.map(float64),
        returns: float64(returns),
        episodeReturns: float64(episodeReturns),
        positions: float64(positions),
        elapsed: int32(elapsed),
        episodes: int32(episodes),
        episodeLengths: int32(episodeLengths),
        observations: float32(observations, n * width),
        finalObservations: float32(finalObservations, n * width),
        rewards: float32(rewards, n),
        terminated: new Uint8Array(buffer, terminated, n),
        truncated: new Uint8Array(buffer, truncated, n),
      },
      actions:
        actionSpace.kind === 'box' ? float32(actions, n * actionSpace.size) : int32(actions, n * actionSpace.size),
      control: int32(control, 1 + workers),
      command: int32(command, 1),
      failure: int32(failure, 1),
      message: new Uint8Array(buffer, message, MESSAGE_BYTES),
    },
  };
}

/** The first of the environments of worker `w`; those of the last end at n. */
export const firstOf = (w: number, workers: number, n: number): number => Math.floor((w * n) / workers);
