import { KdlabError } from '../core/errors';
import type { Graph } from '../engine/program/ir';
import type { AnyBatch, Length } from './batch';
import { ELEMENT, encodeModel, type ValueInfoProto } from './proto';
import { Translation } from './translate';
import { type Named, Writer } from './writer';

const OPERATOR_SET = 18;
const IR_VERSION = 9;

export interface ModelInfo {
  readonly name: string;
  readonly version: string;
  /** Kept in the file for people and tools: what the model is, where it comes from. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * An inference graph as an ONNX model of operator set 18; what depends on the batch has the symbolic length `batch`.
 * `parameter` names a variable and reads its values. Throws KdlabError where the graph draws random numbers, updates
 * variables, or has an operation that ONNX has no operator for.
 */
export function onnxModel<V>(
  from: AnyBatch<V>,
  parameter: (variable: V) => { readonly name: string; readonly values: ArrayLike<number> },
  info: ModelInfo,
): Uint8Array {
  const { graph } = from;
  if (graph.updates.length > 0) throw new KdlabError('a computation that changes variables cannot be written as ONNX');
  const writer = new Writer();
  const translation = new Translation(writer, from, parameter);
  const output = Object.entries(graph.outputs).map(([name, id]) => {
    const result = translation.tensorOf(id);
    writer.nodes.push({
      name: `output_${name}`,
      opType: 'Identity',
      input: [result.name],
      output: [name],
      attribute: [],
    });
    return valueInfo({ name, type: result.type }, translation.lengthsOf(id));
  });
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: 'kdlab',
    producerVersion: info.version,
    opsetImport: [{ version: OPERATOR_SET }],
    metadataProps: Object.entries(info.metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: info.name,
      node: writer.nodes,
      initializer: writer.initializers,
      input: inputsOf(graph).map(({ id, name, type }) => valueInfo({ name, type }, translation.lengthsOf(id))),
      output,
    },
  });
}

function inputsOf({ nodes }: Graph): (Named & { readonly id: number })[] {
  return nodes.flatMap(({ id, op, dtype }) => (op.kind === 'input' ? [{ id, name: op.name, type: dtype }] : []));
}

function valueInfo({ name, type }: Named, lengths: readonly Length[]): ValueInfoProto {
  const dim = lengths.map((length) => {
    if (typeof length === 'number') return { dimValue: length };
    return { dimParam: length.times === 1 ? 'batch' : `${length.times}*batch` };
  });
  return { name, type: { tensorType: { elemType: ELEMENT[type], shape: { dim } } } };
}
