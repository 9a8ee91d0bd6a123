import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { accuracy, decisions } from '../../graphs/evaluate/accuracy';
import { powerLaw } from '../../graphs/generators/power-law';
import type { Graph } from '../../graphs/graph';
import sage from '../../graphs/models/sage';
import nodeLabels from '../../graphs/objectives/node-labels';
import { sampled } from '../../graphs/sources/sampled';
import type { Stage } from '../../src/core/trainer';
import { train } from '../../src/core/trainer';
import type { Model } from '../../src/core/types';
import { compiledSteps } from '../../src/engine/compile';
import { selectEngine } from '../../src/engine/engine';
import { activeMachine } from '../../src/engine/machine';
import { meanEstimator } from '../../src/estimators/mean';
import { Rng } from '../../src/math/rng';
import adam from '../../src/optimizers/adam';

export interface ScaleOptions {
  readonly nodes: number;
  /** Undirected ones drawn. */
  readonly edges: number;
  readonly features: number;
  readonly classes: number;
  /** Share of the nodes with a label. */
  readonly labelled: number;
  readonly batchSize: number;
  readonly fanouts: readonly number[];
  readonly hidden: readonly number[];
  readonly steps: number;
  /** Of other nodes, to see that something was learnt. */
  readonly tested: number;
  readonly seed: number;
  /** Where the features go; by default a folder of the system's for what does not last. */
  readonly folder?: string;
  readonly notify: (message: string) => void;
}

export interface ScaleReport {
  readonly graph: { readonly nodes: number; readonly directedEdges: number; readonly maxDegree: number };
  /** Bytes held: the rows of the graph, its labels and the sampler's places; of the features, on disk. */
  readonly bytes: {
    readonly structure: number;
    readonly labels: number;
    readonly places: number;
    readonly featuresOnDisk: number;
  };
  readonly secondsToGenerate: number;
  /** Largest resident size of the process so far, bytes: after generating, and at the end. */
  readonly peakBytes: { readonly generated: number; readonly trained: number };
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** Of a step after the first, which compiles. */
  readonly secondsPerStep: number;
  readonly secondsPerEpoch: number;
  readonly loss: { readonly first: number; readonly last: number };
  readonly testAccuracy: number;
  readonly engine: string;
}

/**
 * A power-law graph with its features in a file, and GraphSAGE trained on neighbours drawn from it: what that takes in time
 * and memory. The file is removed at the end.
 */
export async function graphScale(options: ScaleOptions): Promise<ScaleReport> {
  const { nodes, batchSize, fanouts, steps, seed, notify } = options;
  const engine = await selectEngine('auto');
  const rng = Rng.root(seed);
  const parent = options.folder ?? os.tmpdir();
  fs.mkdirSync(parent, { recursive: true });
  const folder = fs.mkdtempSync(path.join(parent, 'kdlab-scale-'));
  try {
    const begun = performance.now();
    const graph = generate(options, rng, path.join(folder, 'features.f32'));
    const secondsToGenerate = (performance.now() - begun) / 1000;
    const generated = peak();
    notify(`generated ${graph.directedEdges} directed edges in ${secondsToGenerate.toFixed(0)} s`);
    const order = rng.split('split').permutation(nodes);
    const labelled = order.slice(0, Math.max(batchSize, Math.round(options.labelled * nodes)));
    const shared = {
      graph,
      labels: graph.labels,
      sampling: { neighbors: { batchSize, fanouts: [...fanouts] } },
      receiving: graph.adjacency,
    };
    const source = sampled({ ...shared, nodes: labelled, rng: rng.split('trials') });
    const place = { id: 'sage', inputShape: [options.features], classes: options.classes, rng: rng.split('model') };
    const model = sage.build(sage.options.parse({ hidden: options.hidden, dropout: 0 }), place);
    const losses: number[] = [];
    const times: number[] = [];
    const machine = activeMachine();
    await train(stageOf(model, source, steps), {
      rng: rng.split('training'),
      ...(machine && { makeStep: compiledSteps(machine, notify) }),
      logEvery: 1,
      onMetrics: (step, { loss }) => {
        losses.push(loss!);
        times.push(performance.now());
        if (step % 10 === 0) notify(`step ${step}: loss ${loss!.toFixed(3)}`);
      },
      checkpoint: () => undefined,
      interrupted: () => false,
    });
    const secondsPerStep = (times.at(-1)! - times[0]!) / 1000 / Math.max(1, times.length - 1);
    const others = order.slice(labelled.length, labelled.length + options.tested);
    const testAccuracy = await tested(model, sampled({ ...shared, nodes: others, rng: rng.split('tests') }), graph);
    let maxDegree = 0;
    for (let node = 0; node < nodes; node++) maxDegree = Math.max(maxDegree, graph.degree(node));
    return {
      graph: { nodes, directedEdges: graph.directedEdges, maxDegree },
      bytes: {
        structure: graph.offsets.byteLength + graph.targets.byteLength,
        labels: graph.labels.byteLength,
        places: 4 * nodes,
        featuresOnDisk: 4 * nodes * options.features,
      },
      secondsToGenerate,
      peakBytes: { generated, trained: peak() },
      steps,
      stepsPerEpoch: source.stepsPerEpoch!,
      secondsPerStep,
      secondsPerEpoch: secondsPerStep * source.stepsPerEpoch!,
      loss: { first: losses[0]!, last: losses.at(-1)! },
      testAccuracy,
      engine: engine.name,
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function generate({ nodes, edges, features, classes }: ScaleOptions, rng: Rng, file: string): Graph {
  return powerLaw({ nodes, edges, features, classes, homophily: 0.7, separation: 1 }, rng.split('graph'), file);
}

function stageOf(student: Model, source: Stage['source'], steps: number): Stage {
  const place = { student, teachers: [], batch: source.example!(), rng: Rng.root(0) };
  const learner = {
    name: 'sage',
    student,
    objective: { name: 'node-labels', ...nodeLabels.build({}, place) },
    estimator: meanEstimator(),
    optimizer: { name: 'adam', ...adam.build(adam.options.parse({})) },
    learningRate: 0.003,
  };
  return { name: 'sage', title: 'GraphSAGE', learners: [learner], teachers: [], source, steps };
}

/** The share of nodes decided rightly from neighbours drawn for them. */
async function tested(model: Model, source: Stage['source'], graph: Graph): Promise<number> {
  let [right, count, step] = [0, 0, 0];
  for await (const batch of source.batches({ rng: Rng.root(1), student: model, teachers: [] })) {
    const logits = tf.tidy(() => Float32Array.from(model.forward(batch, { training: false }).logits.dataSync()));
    const asked = batch.mask!.dataSync<'float32'>().reduce((a, b) => a + b);
    const first = batch.ids!.slice(0, asked);
    const labels = first.map((node) => graph.labels[node]!);
    const all = Int32Array.from({ length: asked }, (_, i) => i);
    right += accuracy(decisions(logits, model.classes), labels, all).mean * asked;
    count += asked;
    if (++step === source.stepsPerEpoch) break;
  }
  return right / count;
}

/** The largest resident size of this process so far, bytes. */
function peak(): number {
  return process.resourceUsage().maxRSS * 1024;
}
