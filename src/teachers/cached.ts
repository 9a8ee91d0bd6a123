import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../core/errors';
import { writeWhole } from '../core/files';
import { saveVariables } from '../core/params';
import { decodeState, encodeState } from '../core/snapshot';
import type { Batch, Model, Source, Teacher } from '../core/types';

/** All examples a cache covers, in any order, with their stable ids; the maker disposes each. */
export type Examples = () => Iterable<Batch>;

export interface CacheOptions {
  readonly folder: string;
  readonly model: Model;
  /** Taps to keep besides the logits. */
  readonly taps?: readonly string[];
  /** Digest of the data and its deterministic preprocessing: part of the key. */
  readonly dataDigest: string;
  /** One more than the largest example id. */
  readonly count: number;
  readonly examples: Examples;
}

/**
 * A network's signals computed once for every example and read back by example id afterwards. On disk under a key
 * of weights, taps and data, so that another run with the same teacher finds them. Logits are kept, not
 * probabilities: any temperature may be used later. It refuses sources whose examples change or have no ids.
 */
export class CachedTeacher implements Teacher {
  readonly lookup = true;
  readonly id: string;
  readonly inputShape: readonly number[];
  readonly classes: number;
  readonly taps: readonly string[];
  private rows: Readonly<Record<string, { values: Float32Array; shape: readonly number[] }>> | undefined;

  constructor(private readonly options: CacheOptions) {
    const { model, taps = [] } = options;
    for (const tap of taps)
      if (!model.taps.includes(tap))
        throw new KdlabError(
          `teacher cache: ${model.id} has no tap "${tap}"; it has ${model.taps.join(', ') || 'none'}`,
        );
    this.id = `cached(${model.id})`;
    this.inputShape = model.inputShape;
    this.classes = model.classes;
    this.taps = taps;
  }

  check(source: Source): void {
    if (source.augmented)
      throw new KdlabError(
        'teacher cache: the source augments its examples, so a signal kept for the clean image would be wrong for the ' +
          'one the student sees. Turn the cache off (cacheTeacher: false) or the augmentation.',
      );
    if (source.sampling.kind === 'stream')
      throw new KdlabError(
        'teacher cache: the source is a stream without fixed examples. Turn the cache off (cacheTeacher: false).',
      );
  }

  /** SHA-256 of everything the cached values depend on. The teacher must be trained by now. */
  key(): string {
    const hash = createHash('sha256').update(
      JSON.stringify(['v1', this.options.dataDigest, this.taps, this.options.count]),
    );
    for (const [name, values] of Object.entries(saveVariables(this.options.model.params)))
      hash.update(name).update(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    return hash.digest('hex');
  }

  signal(batch: Batch): { logits: tf.Tensor2D; taps: Record<string, tf.Tensor> } {
    if (batch.ids === undefined) throw new KdlabError('teacher cache: this batch has no example ids to look up');
    this.rows ??= this.load();
    const gather = (name: string): tf.Tensor => {
      const { values, shape } = this.rows![name]!;
      const width = shape.reduce((product, size) => product * size, 1);
      const out = new Float32Array(batch.ids!.length * width);
      batch.ids!.forEach((id, i) => {
        if (!(id >= 0 && id < this.options.count))
          throw new KdlabError(`teacher cache: example ${id} is not among the ${this.options.count} cached`);
        out.set(values.subarray(id * width, (id + 1) * width), i * width);
      });
      return tf.tensor(out, [batch.ids!.length, ...shape]);
    };
    return {
      logits: gather('logits') as tf.Tensor2D,
      taps: Object.fromEntries(this.taps.map((tap) => [tap, gather(tap)])),
    };
  }

  private load(): NonNullable<CachedTeacher['rows']> {
    const file = path.join(this.options.folder, `${this.key()}.safetensors`);
    if (fs.existsSync(file)) {
      try {
        return decodeState(fs.readFileSync(file)).rows as unknown as NonNullable<CachedTeacher['rows']>;
      } catch {
        // A damaged cache is no loss: it is computed again and replaced.
      }
    }
    const rows = this.compute();
    writeWhole(file, encodeState({ rows }));
    return rows;
  }

  private compute(): NonNullable<CachedTeacher['rows']> {
    const { model, examples, count } = this.options;
    const rows: Record<string, { values: Float32Array; shape: readonly number[] }> = {};
    for (const batch of examples()) {
      tf.tidy(() => {
        const { logits, taps } = model.forward(batch, { training: false });
        const signals = [['logits', logits] as const, ...this.taps.map((tap) => [tap, taps[tap]!] as const)];
        for (const [name, tensor] of signals) {
          const shape = tensor.shape.slice(1);
          const width = tensor.size / batch.size;
          rows[name] ??= { values: new Float32Array(count * width).fill(Number.NaN), shape };
          const values = tensor.dataSync();
          batch.ids!.forEach((id, i) => {
            rows[name]!.values.set(values.subarray(i * width, (i + 1) * width), id * width);
          });
        }
      });
    }
    return rows;
  }
}
