import type { Json } from '../../core/state';
import { parzen, parzenDensity, parzenDraw } from '../../math/parzen';
import { Rng, type Stream } from '../../math/rng';
import { type Axis, unitOfValue, valueAtUnit } from '../axis';
import { random } from './random';
import type { Sampler, Tried } from './sampler';

interface Options {
  readonly trials: number;
  readonly seed: number;
  readonly startup: number;
  readonly candidates: number;
}

const MOST_GOOD = 25;

/**
 * Tree-structured Parzen estimator (Bergstra et al. 2011), one axis at a time: of `candidates` draws from the density of
 * the best tenth of the settings, the one that is most likely there and least likely among the others. Settings that
 * failed, or are still running, count among the others, so that workers in parallel do not try one thing twice.
 */
export function tpe(axes: Readonly<Record<string, Axis>>, options: Options): Sampler {
  const start = random(axes, options);
  const rng = Rng.root(options.seed).split('sweep/tpe');
  return {
    count: options.trials,
    foreseeable: false,
    setting: (index, tried) => {
      const scored = tried.filter(({ score }) => score !== undefined).sort((a, b) => a.score! - b.score!);
      if (index < options.startup || scored.length < 2) return start.setting(index, tried);
      const good = new Set(scored.slice(0, Math.min(MOST_GOOD, Math.ceil(0.1 * scored.length))));
      const others = tried.filter((each) => !good.has(each));
      const stream = rng.split('setting', index).stream();
      return Object.fromEntries(
        Object.entries(axes).map(([path, axis]) => {
          const units = (of: Iterable<Tried>) =>
            [...of].flatMap(({ setting }) => unitOfValue(axis, setting[path]!) ?? []);
          const choose = Array.isArray(axis) ? chooseListed : chooseInRange;
          return [path, choose(axis, units(good), units(others), options.candidates, stream)];
        }),
      );
    },
  };
}

function chooseInRange(axis: Axis, good: number[], others: number[], candidates: number, stream: Stream): Json {
  const [likely, unlikely] = [parzen(good), parzen(others)];
  let best = { unit: 0, ratio: -Infinity };
  for (let i = 0; i < candidates; i++) {
    const unit = parzenDraw(likely, stream);
    const ratio = parzenDensity(likely, unit) / parzenDensity(unlikely, unit);
    if (ratio > best.ratio) best = { unit, ratio };
  }
  return valueAtUnit(axis, best.unit);
}

/** A list has no order: shares of each value, with one more of each as the prior. */
function chooseListed(axis: Axis, good: number[], others: number[], candidates: number, stream: Stream): Json {
  const values = axis as readonly Json[];
  const weights = (units: readonly number[]) => {
    const counts = new Float64Array(values.length).fill(1);
    for (const unit of units) counts[Math.floor(unit * values.length)]!++;
    return counts.map((count) => count / (units.length + values.length));
  };
  const [likely, unlikely] = [weights(good), weights(others)];
  let best = { index: 0, ratio: -Infinity };
  for (let i = 0; i < candidates; i++) {
    const index = stream.categorical(likely);
    const ratio = likely[index]! / unlikely[index]!;
    if (ratio > best.ratio) best = { index, ratio };
  }
  return values[best.index]!;
}
