import { ATTRIBUTE, type AttributeProto, ELEMENT, type ElementType, type NodeProto, type TensorProto } from './proto';

/** A tensor of an ONNX graph: its name and the type of its elements. */
export interface Named {
  readonly name: string;
  readonly type: ElementType;
}

export type Attribute = number | readonly number[] | { readonly float: number } | TensorProto;

/** Collects the operators and the constant tensors of an ONNX graph. */
export class Writer {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  private readonly constants = new Map<string, Named>();
  private readonly casts = new Map<string, Named>();

  /** Adds an operator with one result. Number attributes are integers. */
  op(opType: string, inputs: readonly Named[], type: ElementType, attributes: Record<string, Attribute> = {}): Named {
    const name = `${opType}_${this.nodes.length}`;
    this.nodes.push({
      name,
      opType,
      input: inputs.map((input) => input.name),
      output: [name],
      attribute: Object.entries(attributes).map(([key, value]) => attributeOf(key, value)),
    });
    return { name, type };
  }

  /** The tensor converted, once for all who ask. */
  cast(x: Named, type: ElementType): Named {
    if (x.type === type) return x;
    const key = `${x.name} ${type}`;
    let found = this.casts.get(key);
    if (found === undefined) {
      found = this.op('Cast', [x], type, { to: ELEMENT[type] });
      this.casts.set(key, found);
    }
    return found;
  }

  initializer(name: string, type: ElementType, dims: readonly number[], values: ArrayLike<number>): Named {
    this.initializers.push({ ...tensor(type, dims, values), name });
    return { name, type };
  }

  /** A small constant, one for all equal ones. */
  constant(type: ElementType, dims: readonly number[], values: readonly number[]): Named {
    const key = `${type} ${dims} ${values.map((value) => (Object.is(value, -0) ? '-0' : value))}`;
    let found = this.constants.get(key);
    if (found === undefined) {
      found = this.initializer(`constant_${this.constants.size}`, type, dims, values);
      this.constants.set(key, found);
    }
    return found;
  }

  /** A list of int64, as ONNX has shapes and axes. */
  integers(values: readonly number[]): Named {
    return this.constant('int64', [values.length], values);
  }

  float(value: number): Named {
    return this.constant('float32', [], [value]);
  }
}

/** Little-endian, as the format wants it and every machine that Node runs on has it. */
export function tensor(type: ElementType, dims: readonly number[], values: ArrayLike<number>): TensorProto {
  const array = arrayOf(type, values);
  return {
    dims: [...dims],
    dataType: ELEMENT[type],
    rawData: new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  };
}

function arrayOf(type: ElementType, values: ArrayLike<number>): Float32Array | Int32Array | BigInt64Array | Uint8Array {
  switch (type) {
    case 'float32':
      return Float32Array.from(values);
    case 'int32':
      return Int32Array.from(values);
    case 'int64':
      return BigInt64Array.from(Array.from(values, BigInt));
    case 'bool':
      return Uint8Array.from(values);
  }
}

function attributeOf(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'number') return { name, type: ATTRIBUTE.int, i: value };
  if ('float' in value) return { name, type: ATTRIBUTE.float, f: value.float };
  if ('rawData' in value) return { name, type: ATTRIBUTE.tensor, t: value };
  return { name, type: ATTRIBUTE.ints, ints: value };
}
