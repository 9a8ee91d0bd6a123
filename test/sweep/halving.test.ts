import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Climber, promotable, rungShare } from '../../src/sweep/halving';

const at = (...scores: number[]): Climber => ({ scores, busy: false, failed: false });
const ladder = { eta: 3, rungs: 3, closing: false };

describe('successive halving', () => {
  it('its rungs lie at powers of eta, the last at the whole budget', () => {
    assert.deepEqual(
      [0, 1, 2].map((rung) => rungShare(rung, ladder)),
      [1 / 9, 1 / 3, 1],
    );
  });

  it('lets nobody on before three have come, then the best one', () => {
    assert.equal(promotable([at(0.3), at(0.1)], ladder), undefined);
    assert.equal(promotable([at(0.3), at(0.1), at(0.2)], ladder), 1);
    assert.equal(promotable([at(0.3), at(0.1, 0.05), at(0.2)], ladder), undefined, 'it has gone on');
  });

  it('leaves out who is on the way, who failed, and who has no finite score', () => {
    const others = [at(0.3), at(0.4), at(0.5), at(0.6), at(0.7)];
    assert.equal(promotable([{ ...at(0.1), busy: true }, ...others], ladder), 1);
    assert.equal(promotable([{ ...at(0.1), failed: true }, ...others], ladder), 1);
    assert.equal(promotable([at(Infinity), at(Infinity), at(Infinity)], ladder), undefined);
  });

  it('goes from the highest rung down', () => {
    const trials = [at(1, 0.9), at(2, 0.8), at(3, 0.7), at(0.5), at(0.6), at(9), at(9), at(9), at(9)];
    assert.equal(promotable(trials, ladder), 2);
  });

  it('brings the best one to the top where there are too few trials for all rungs', () => {
    assert.equal(promotable([at(0.3), at(0.1)], { ...ladder, closing: true }), 1);
    assert.equal(promotable([at(0.3), at(0.1, 0.2)], { ...ladder, closing: true }), 1);
    assert.equal(promotable([at(0.3), at(0.1, 0.2, 0.1)], { ...ladder, closing: true }), undefined);
  });

  it('ends, with at least one trial at the top, and no rung more populated than the one below', () => {
    const score = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(score, { minLength: 1, maxLength: 40 }), fc.integer({ min: 2, max: 4 }), (draws, eta) => {
        const trials: Climber[] = draws.map((draw) => at(draw));
        for (let moves = 0; ; moves++) {
          assert.ok(moves < 200);
          const chosen = promotable(trials, { eta, rungs: 3, closing: true });
          if (chosen === undefined) break;
          trials[chosen] = at(...trials[chosen]!.scores, trials[chosen]!.scores[0]!);
        }
        const population = [1, 2, 3].map((rung) => trials.filter(({ scores }) => scores.length >= rung).length);
        assert.ok(population[2]! >= 1 && population[1]! >= population[2]!);
        assert.equal(trials[draws.indexOf(Math.min(...draws))]!.scores.length, 3, 'the best one is at the top');
      }),
    );
  });
});
