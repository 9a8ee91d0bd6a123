import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { expectedly, pateLoss, pateRdp } from '../../../privacy/pate/account';
import type { AggregatorDefinition } from '../../../privacy/pate/aggregator';
import confidentGnmax from '../../../privacy/pate/aggregators/confident-gnmax';
import gnmax from '../../../privacy/pate/aggregators/gnmax';
import { gnmaxLogQ, gnmaxRdp, gnmaxRdpIndependent } from '../../../privacy/pate/gnmax';
import { lnmaxEpsilon, lnmaxLogQ, pureRdp } from '../../../privacy/pate/lnmax';
import { logAnswered, thresholdRdp, thresholdRdpIndependent } from '../../../privacy/pate/threshold';

interface Golden {
  orders: number[];
  gnmax: { votes: number[]; sigma: number; log_q: number; rdp: number[]; rdp_data_independent: number[] }[];
  threshold: {
    votes: number[];
    threshold: number;
    sigma1: number;
    log_pr_answered: number;
    rdp: number[];
    rdp_data_independent: number[];
  }[];
  lnmax: { votes: number[]; lambda_scale: number; pure_eps: number; log_q: number; rdp: number[] }[];
  aggregate: {
    mechanism: string;
    sigma2: number;
    sigma1: number | null;
    threshold: number | null;
    delta: number;
    vote_histograms: number[][];
    expected_answered: number;
    rdp_total: number[];
    epsilon: number;
    optimal_order: number;
    epsilon_data_independent_all_answered: number;
    optimal_order_data_independent: number;
  }[];
}

const file = path.join(
  process.env.KDLAB_GOLDEN ?? path.resolve(__dirname, '../../../../shared/golden'),
  'privacy/pate.json',
);
const skip = fs.existsSync(file) ? false : 'golden values are absent; set KDLAB_GOLDEN';
const golden = skip === false ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Golden) : undefined;

/** Theirs is ln of a sum near 1 for each query: what it holds of a divergence near the rounding of 1 is noise. */
function near(ours: number, theirs: number, what: string, queries = 1): void {
  assert.ok(
    Math.abs(ours - theirs) <= 1e-11 * Math.abs(theirs) + 1e-15 * queries,
    `${what}: ${ours}, expected ${theirs}`,
  );
}

describe('PATE accounting equals the authors’ own program', { skip }, () => {
  test('GNMax: q and divergence of 32 histograms at 26 orders', () => {
    for (const { votes, sigma, log_q, rdp, rdp_data_independent } of golden!.gnmax) {
      near(gnmaxLogQ(votes, sigma), log_q, `ln q of ${votes}`);
      golden!.orders.forEach((order, i) => {
        near(gnmaxRdp(gnmaxLogQ(votes, sigma), sigma, order), rdp[i]!, `${votes} at ${order}`);
        near(gnmaxRdpIndependent(sigma, order), rdp_data_independent[i]!, `independent at ${order}`);
      });
    }
  });

  test('the check of Confident-GNMax', () => {
    for (const { votes, threshold, sigma1, log_pr_answered, rdp, rdp_data_independent } of golden!.threshold) {
      const logPasses = logAnswered(Math.max(...votes), { threshold, sigma: sigma1 });
      near(logPasses, log_pr_answered, `ln P of ${votes}`);
      golden!.orders.forEach((order, i) => {
        near(thresholdRdp(logPasses, sigma1, order), rdp[i]!, `${votes} at ${order}`);
        near(thresholdRdpIndependent(sigma1, order), rdp_data_independent[i]!, `independent at ${order}`);
      });
    }
  });

  test('LNMax', () => {
    for (const { votes, lambda_scale, pure_eps, log_q, rdp } of golden!.lnmax) {
      near(lnmaxEpsilon(lambda_scale), pure_eps, 'ε of one answer');
      near(lnmaxLogQ(votes, lambda_scale), log_q, `ln q of ${votes}`);
      golden!.orders.forEach((order, i) => {
        near(pureRdp(lnmaxLogQ(votes, lambda_scale), pure_eps, order), rdp[i]!, `${votes} at ${order}`);
      });
    }
  });

  test('whole sets of queries: expected answers, divergences, ε and its order', () => {
    for (const set of golden!.aggregate) {
      const { sigma1, sigma2, threshold, vote_histograms } = set;
      const aggregator =
        sigma1 === null || threshold === null
          ? (gnmax as AggregatorDefinition).build({ sigma: sigma2 })
          : (confidentGnmax as AggregatorDefinition).build({ sigma1, sigma2, threshold });
      const charged = expectedly(
        aggregator,
        vote_histograms.map((votes) => ({ votes })),
      );
      golden!.orders.forEach((order, i) => {
        near(pateRdp(aggregator, charged, order), set.rdp_total[i]!, `${set.mechanism} at ${order}`, charged.length);
      });
      const options = { conversion: 'classic', orders: golden!.orders } as const;
      const loss = pateLoss(aggregator, charged, set.delta, options);
      near(loss.answered, set.expected_answered, 'answers');
      near(loss.dataDependent.epsilon, set.epsilon, 'ε');
      assert.equal(loss.dataDependent.order, set.optimal_order);
      const all = charged.map(({ query }) => ({ query, answered: 1 }));
      const independent = pateLoss(aggregator, all, set.delta, options).dataIndependent;
      near(independent.epsilon, set.epsilon_data_independent_all_answered, 'data-independent ε');
      assert.equal(independent.order, set.optimal_order_data_independent);
    }
  });
});
