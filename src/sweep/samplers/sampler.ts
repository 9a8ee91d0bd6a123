import type { Setting } from '../settings';

/** A setting tried before; `score` is undefined while it runs and where it failed. Less is better. */
export interface Tried {
  readonly setting: Setting;
  readonly score: number | undefined;
}

/** Says which settings are tried. The same arguments give the same setting. */
export interface Sampler {
  /** How many settings are tried in all. */
  readonly count: number;
  /** True where the settings are known before the first one has run. */
  readonly foreseeable: boolean;
  setting(index: number, tried: readonly Tried[]): Setting;
}
