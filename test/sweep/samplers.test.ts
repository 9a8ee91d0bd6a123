import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { grid } from '../../src/sweep/samplers/grid';
import { random } from '../../src/sweep/samplers/random';
import type { Sampler, Tried } from '../../src/sweep/samplers/sampler';
import { sobol } from '../../src/sweep/samplers/sobol';
import { tpe } from '../../src/sweep/samplers/tpe';

const all = (sampler: Sampler) => Array.from({ length: sampler.count }, (_, i) => sampler.setting(i, []));
const axes = { x: { uniform: [0, 1] as [number, number] }, y: { log: [0.001, 1] as [number, number] } };

describe('samplers', () => {
  it('a grid has every combination once, the last axis fastest; without axes it has one setting', () => {
    assert.deepEqual(all(grid({ a: [1, 2], b: ['p', 'q'] })), [
      { a: 1, b: 'p' },
      { a: 1, b: 'q' },
      { a: 2, b: 'p' },
      { a: 2, b: 'q' },
    ]);
    assert.deepEqual(all(grid({})), [{}]);
  });

  it('draws depend on their seed and index only', () => {
    const short = all(random(axes, { trials: 3, seed: 5 }));
    assert.deepEqual(all(random(axes, { trials: 9, seed: 5 })).slice(0, 3), short);
    assert.notDeepEqual(all(random(axes, { trials: 3, seed: 6 })), short);
    assert.notDeepEqual(all(sobol(axes, { trials: 3, seed: 6 })), all(sobol(axes, { trials: 3, seed: 5 })));
  });

  it('sobol puts one of 16 settings into each sixteenth of an axis', () => {
    const settings = all(sobol(axes, { trials: 16, seed: 1 }));
    assert.equal(new Set(settings.map(({ x }) => Math.floor((x as number) * 16))).size, 16);
    const wide = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`a${i}`, axes.x]));
    assert.throws(() => sobol(wide, { trials: 4, seed: 0 }), /at most 20 axes, found 21/);
  });

  const search = (sampler: Sampler, loss: (setting: Tried['setting']) => number | undefined) => {
    const tried: Tried[] = [];
    for (let i = 0; i < sampler.count; i++) {
      const setting = sampler.setting(i, tried);
      tried.push({ setting, score: loss(setting) });
    }
    return tried;
  };

  it('tpe finds a narrow valley better than random draws do', () => {
    const kinds = ['a', 'b', 'c', 'd'];
    const space = { ...axes, kind: kinds };
    const loss = ({ x, y, kind }: Tried['setting']) =>
      ((x as number) - 0.31) ** 2 + (Math.log10(y as number) + 1.2) ** 2 / 9 + (kind === 'c' ? 0 : 0.3);
    const best = (tried: Tried[]) => Math.min(...tried.map(({ score }) => score!));
    let wins = 0;
    for (let seed = 0; seed < 10; seed++) {
      const guided = best(search(tpe(space, { trials: 60, seed, startup: 10, candidates: 24 }), loss));
      if (guided < best(search(random(space, { trials: 60, seed }), loss))) wins++;
    }
    assert.ok(wins >= 8, `${wins} of 10`);
  });

  it('tpe goes on where settings fail, and gives the same for the same', () => {
    const options = { trials: 25, seed: 3, startup: 5, candidates: 8 };
    const run = () =>
      search(tpe(axes, options), ({ x }) => ((x as number) > 0.5 ? undefined : Math.abs((x as number) - 0.2)));
    const tried = run();
    assert.deepEqual(run(), tried);
    const late = tried.slice(15).filter(({ score }) => score !== undefined).length;
    assert.ok(late >= 7, `${late} of 10 late settings lie where runs do not fail`);
  });
});
