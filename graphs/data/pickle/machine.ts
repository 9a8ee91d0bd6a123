import { KdlabError, messageOf } from '../../../src/core/errors';
import { build, called, GLOBALS, Global, kindOf, made, Tuple, textOf, type Value } from './objects';
import { OPCODES, refusedName } from './opcodes';

export interface PickleLimits {
  /** Values pushed, all together. */
  readonly values: number;
  /** Lists, dictionaries, tuples and objects. */
  readonly containers: number;
  /** Marks open at a time. */
  readonly depth: number;
  /** Bytes of the file, and those that arrays take, all together. */
  readonly arrayBytes: number;
}

/** Several times what the largest of the Planetoid files (PubMed) needs. */
export const PICKLE_LIMITS: PickleLimits = { values: 2 ** 22, containers: 2 ** 19, depth: 64, arrayBytes: 2 ** 29 };

/** Longest name of a global, both lines. */
const LINE = 128;

/**
 * The one object in a pickle of protocol 2, by a machine that knows 28 opcodes and 6 globals (Python's pickletools
 * describes them). It executes nothing: globals are names, calls are the few that arrays are made with. Every opcode
 * moves on by at least a byte and makes at most one value, so time and memory are bounded by the file and `limits`.
 *
 * Throws KdlabError naming the file, the place and what was refused there.
 */
export function unpickle(bytes: Uint8Array, file: string, limits: PickleLimits = PICKLE_LIMITS): Value {
  const machine = new Machine(bytes, limits);
  try {
    return machine.run();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new KdlabError(
      `${file} is not a pickled array, matrix or adjacency list: at byte ${machine.at} ${messageOf(error)}. Nothing of it was executed.`,
      { cause: error },
    );
  }
}

class Machine {
  /** Where the opcode under way begins. */
  at = 0;
  private next = 0;
  private readonly view: DataView;
  private stack: Value[] = [];
  private readonly marked: Value[][] = [];
  private readonly memo = new Map<number, Value>();
  private values = 0;
  private containers = 0;
  private arrayBytes = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly limits: PickleLimits,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): Value {
    if (this.bytes.length > this.limits.arrayBytes)
      throw new RangeError(`it has ${this.bytes.length} bytes, more than ${this.limits.arrayBytes} bytes`);
    if (this.bytes[0] !== OPCODES.PROTO || this.bytes[1] !== 2)
      throw new RangeError('it does not begin with 80 02 (protocol 2)');
    for (;;) {
      this.at = this.next;
      const code = this.bytes[this.take(1)]!;
      if (code === OPCODES.STOP) return this.result();
      const value = this.step(code);
      if (value !== undefined) this.push(value);
    }
  }

  /** Does what an opcode says; what it puts on the stack is returned. */
  private step(code: number): Value | undefined {
    switch (code) {
      case OPCODES.PROTO: {
        const version = this.unsigned(1);
        if (version !== 2 || this.at !== 0) throw new RangeError(`protocol ${version} is declared, expected 2, once`);
        return undefined;
      }
      case OPCODES.GLOBAL:
        return this.global();
      case OPCODES.REDUCE: {
        const args = this.pop();
        return called(this.pop(), args);
      }
      case OPCODES.NEWOBJ: {
        const args = this.pop();
        return made(this.pop(), args);
      }
      case OPCODES.BUILD: {
        const state = this.pop();
        this.countArray(state);
        build(this.top(), state);
        return undefined;
      }
      case OPCODES.BINPUT:
        this.memo.set(this.unsigned(1), this.top());
        return undefined;
      case OPCODES.LONG_BINPUT:
        this.memo.set(this.unsigned(4), this.top());
        return undefined;
      case OPCODES.BINGET:
        return this.remembered(this.unsigned(1));
      case OPCODES.MARK:
        if (this.marked.length >= this.limits.depth)
          throw new RangeError(`more than ${this.limits.depth} marks are open`);
        this.marked.push(this.stack);
        this.stack = [];
        return undefined;
      case OPCODES.EMPTY_DICT:
        return new Map();
      case OPCODES.EMPTY_LIST:
        return [];
      case OPCODES.EMPTY_TUPLE:
        return new Tuple([]);
      case OPCODES.TUPLE:
        return new Tuple(this.sinceMark());
      case OPCODES.TUPLE1:
      case OPCODES.TUPLE2:
      case OPCODES.TUPLE3: {
        const items = Array.from({ length: code - OPCODES.TUPLE1 + 1 }, () => this.pop());
        return new Tuple(items.reverse());
      }
      case OPCODES.SETITEMS:
        this.setItems(this.sinceMark());
        return undefined;
      case OPCODES.APPEND: {
        const item = this.pop();
        this.append([item]);
        return undefined;
      }
      case OPCODES.APPENDS:
        this.append(this.sinceMark());
        return undefined;
      case OPCODES.BININT:
        return this.view.getInt32(this.take(4), true);
      case OPCODES.BININT1:
        return this.unsigned(1);
      case OPCODES.BININT2:
        return this.unsigned(2);
      case OPCODES.BINSTRING:
        return this.string(this.view.getInt32(this.take(4), true));
      case OPCODES.SHORT_BINSTRING:
        return this.string(this.unsigned(1));
      case OPCODES.NONE:
        return null;
      case OPCODES.NEWTRUE:
        return true;
      case OPCODES.NEWFALSE:
        return false;
      default:
        throw new RangeError(`${refusedName(code)} is refused`);
    }
  }

  private result(): Value {
    const value = this.pop();
    if (this.stack.length > 0 || this.marked.length > 0) throw new RangeError('it stops with values left over');
    if (this.next !== this.bytes.length) throw new RangeError(`${this.bytes.length - this.next} bytes follow its end`);
    return value;
  }

  /** Moves on by `count` bytes and returns where they begin. */
  private take(count: number): number {
    const from = this.next;
    if (count < 0 || from + count > this.bytes.length)
      throw new RangeError(`${count} bytes are announced, but ${this.bytes.length - from} are left`);
    this.next = from + count;
    return from;
  }

  private unsigned(size: 1 | 2 | 4): number {
    const at = this.take(size);
    return size === 1 ? this.bytes[at]! : size === 2 ? this.view.getUint16(at, true) : this.view.getUint32(at, true);
  }

  private string(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  private global(): Global {
    const text = Buffer.from(this.bytes.subarray(this.next, this.next + LINE)).toString('latin1');
    const lines = /^([^\n]*)\n([^\n]*)\n/.exec(text);
    if (lines === null) throw new RangeError(`the name of a global has no end within ${LINE} bytes`);
    this.take(lines[0].length);
    const name = `${lines[1]} ${lines[2]}`;
    const known = GLOBALS.find((candidate) => candidate === name);
    if (known === undefined) throw new RangeError(`the global ${JSON.stringify(name)} is refused`);
    return new Global(known);
  }

  private push(value: Value): void {
    if (++this.values > this.limits.values) throw new RangeError(`it makes more than ${this.limits.values} values`);
    const container = typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
    if (container && ++this.containers > this.limits.containers)
      throw new RangeError(`it makes more than ${this.limits.containers} lists and objects`);
    this.stack.push(value);
  }

  private pop(): Value {
    const value = this.stack.pop();
    if (value === undefined) throw new RangeError('a value is taken that was not put there');
    return value;
  }

  private top(): Value {
    const value = this.stack.at(-1);
    if (value === undefined) throw new RangeError('a value is used that was not put there');
    return value;
  }

  private sinceMark(): Value[] {
    const items = this.stack;
    const below = this.marked.pop();
    if (below === undefined) throw new RangeError('items are collected without a mark');
    this.stack = below;
    return items;
  }

  private remembered(index: number): Value {
    const value = this.memo.get(index);
    if (value === undefined) throw new RangeError(`value ${index} is fetched that was not remembered`);
    return value;
  }

  private setItems(items: readonly Value[]): void {
    const target = this.top();
    if (!(target instanceof Map) || items.length % 2 !== 0)
      throw new RangeError(`${items.length} keys and values are set in ${kindOf(target)}`);
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]!;
      const name = typeof key === 'number' ? key : textOf(key);
      if (name === undefined) throw new RangeError(`a key is ${kindOf(key)}, expected a number or a name`);
      target.set(name, items[i + 1]!);
    }
  }

  private append(items: readonly Value[]): void {
    const target = this.top();
    if (!Array.isArray(target)) throw new RangeError(`items are appended to ${kindOf(target)}`);
    for (const item of items) target.push(item);
  }

  /** Arrays copy their bytes: one string set as the state of many arrays must not multiply them without bound. */
  private countArray(state: Value): void {
    const bytes = state instanceof Tuple ? state.items[4] : undefined;
    if (!(bytes instanceof Uint8Array)) return;
    this.arrayBytes += bytes.length;
    if (this.arrayBytes > this.limits.arrayBytes)
      throw new RangeError(`its arrays take more than ${this.limits.arrayBytes} bytes`);
  }
}
