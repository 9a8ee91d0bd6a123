import { describePart } from '../../src/core/named';
import type { Interval, ModelResult, Results } from '../../src/core/results';
import type { Model } from '../../src/core/types';
import { errorRate, fidelity } from '../../src/evaluate/classification';
import type { Rng } from '../../src/math/rng';
import { measureLatency } from '../../src/run/latency';
import type { Corpus } from '../../src/text/corpus';
import { grammatical, measureLanguage, predictSequences } from '../../src/text/evaluate';
import type { Sequences } from '../../src/text/sequences';
import type { TextTokenizer } from '../../src/text/tokenizer';
import type { TextConfig } from '../text';
import { roleNames } from './role-names';

interface Trained {
  readonly config: TextConfig;
  readonly corpus: Corpus;
  readonly tokenizer: TextTokenizer;
  readonly test: Sequences;
  readonly models: { readonly teacher: Model; readonly student: Model; readonly baseline?: Model };
  readonly rng: Rng;
}

/** Test error, or perplexity and share of sentences; fidelity to the teacher; what was claimed. */
export function textResults({ config, corpus, tokenizer, test, models, rng }: Trained): Results {
  const { task, length } = config;
  const language = task === 'language';
  const notes = [
    `Intervals: 95 %, over the ${test.count.toLocaleString('en-US')} test ${language ? 'sequences' : 'texts'} of one seed; they do not cover the choice of seed.`,
    `Latency and multiply-adds are of one ${language ? `sequence and one token` : 'text'}; sequences have ${length} tokens, ${test.cut} test texts were longer${language ? ' and became several' : ' and were cut'}.`,
  ];
  const taught = language ? undefined : predictSequences(models.teacher, test);
  const results = Object.entries(models).map(([key, model]): ModelResult => {
    const role = key as 'teacher' | 'student' | 'baseline';
    const { model: part, epochs } = role === 'teacher' ? config.teacher : config.student;
    const metrics: Record<string, Interval> = {};
    let faithful: ModelResult['fidelity'];
    if (taught === undefined) {
      const measured = measureLanguage(model, test, role === 'teacher' ? undefined : models.teacher);
      metrics.perplexity = measured.perplexity;
      metrics.tokenLoss = measured.tokenLoss;
      faithful = measured.fidelity;
      if (corpus.name === 'opinions') {
        const { share, samples } = grammatical(model, test, { tokenizer, rng });
        metrics.grammatical = share;
        notes.push(`${roleNames[role]} writes: ${samples.map((text) => `“${printable(text)}”`).join(' ')}`);
      }
    } else {
      const predictions = role === 'teacher' ? taught : predictSequences(model, test);
      metrics.testError = errorRate(predictions);
      if (role !== 'teacher') faithful = fidelity(taught, predictions);
    }
    return {
      role,
      name: roleNames[role],
      description: `${describePart(part)}; ${epochs} epochs`,
      ...model.cost,
      latency: measureLatency(model, { rows: language ? length : 1 }),
      metrics,
      ...(faithful === undefined ? {} : { fidelity: faithful }),
      budget: { epochs },
    };
  });
  const metric = language ? 'perplexity' : 'testError';
  const [teacher, student, alone] = results.map((model) => model.metrics[metric]!.mean);
  const shown = (value: number) => (language ? value.toFixed(3) : `${(100 * value).toFixed(2)} %`);
  const what = language ? 'perplexity' : 'test error';
  return {
    headline:
      `${language ? 'Perplexity' : 'Test error'} on ${corpus.name}: teacher ${shown(teacher!)}, distilled student ${shown(student!)}` +
      `${alone === undefined ? '' : `, the same student alone ${shown(alone)}`}; the student has ${(models.teacher.cost.parameters / models.student.cost.parameters).toFixed(1)} times fewer parameters.`,
    primaryMetric: metric,
    higherIsBetter: false,
    models: results,
    claims:
      alone === undefined
        ? []
        : [
            {
              claim: `${what}: distilled student < student alone`,
              found: `${shown(student!)}, ${shown(alone)}`,
              met: student! < alone,
            },
          ],
    notes,
  };
}

/** What an untrained network writes may hold anything, also what a terminal takes for a command. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}\ufffd]/gu, '·');
}
