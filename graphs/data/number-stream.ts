import fs from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { KdlabError, messageOf } from '../../src/core/errors';

const [NEWLINE, RETURN, COMMA, SPACE, TAB, PLUS, MINUS, POINT] = [10, 13, 44, 32, 9, 43, 45, 46];
const [ZERO, NINE, UPPER_E, LOWER_E] = [48, 57, 69, 101];

/** Bytes read or unpacked at a time. */
const PIECE = 2 ** 20;

/** Digits that a float64 surely holds; later ones only move the exponent. */
const DIGITS = 15;

/**
 * Reads a table of numbers, `columns` to a line between commas, from a file that may be gzipped (by its name), and calls
 * `row` with each; the array is used again. Bytes become numbers without strings between, in memory that does not grow
 * with the file. A number is right to 15 digits. Resolves to the number of rows. Throws KdlabError naming file and line.
 */
export async function readNumbers(file: string, columns: number, row: (values: Float64Array) => void): Promise<number> {
  const scanner = new Scanner(file, columns, row);
  try {
    for await (const chunk of bytesOf(file)) scanner.scan(chunk);
  } catch (error) {
    throw error instanceof KdlabError ? error : unreadable(file, error);
  }
  return scanner.end();
}

/** How many numbers the first line of such a file has. Throws KdlabError where it cannot be read. */
export async function columnsOf(file: string): Promise<number> {
  let text = '';
  try {
    for await (const chunk of bytesOf(file)) {
      text += Buffer.from(chunk).toString('latin1');
      if (text.includes('\n')) break;
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  return text.split('\n')[0]!.split(',').length;
}

function bytesOf(file: string): AsyncIterable<Uint8Array> {
  const raw = fs.createReadStream(file, { highWaterMark: PIECE });
  // What fails on either side is thrown to whoever reads.
  return file.endsWith('.gz') ? pipeline(raw, createGunzip({ chunkSize: PIECE }), () => undefined) : raw;
}

function unreadable(file: string, error: unknown): KdlabError {
  return new KdlabError(`cannot read ${file}: ${messageOf(error)}; fetch it again`, { cause: error });
}

class Scanner {
  private readonly values: Float64Array;
  private column = 0;
  private rows = 0;
  /** The number under way: ±mantissa · 10^(exponent − decimals). */
  private mantissa = 0;
  private digits = 0;
  private decimals = 0;
  private exponent = 0;
  private negative = false;
  private negativeExponent = false;
  /** Where in a number the scanner is. */
  private state: 'empty' | 'sign' | 'whole' | 'fraction' | 'e' | 'exponent' | 'after' = 'empty';
  private seen = false;

  constructor(
    private readonly file: string,
    private readonly columns: number,
    private readonly row: (values: Float64Array) => void,
  ) {
    this.values = new Float64Array(columns);
  }

  scan(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (byte >= ZERO && byte <= NINE) this.digit(byte - ZERO);
      else if (byte === COMMA) this.finish();
      else if (byte === NEWLINE) this.line();
      else this.other(byte);
    }
  }

  end(): number {
    this.line();
    return this.rows;
  }

  private digit(value: number): void {
    if (this.state === 'after') throw this.stray(ZERO + value);
    if (this.state === 'e' || this.state === 'exponent') {
      this.state = 'exponent';
      this.exponent = Math.min(9999, 10 * this.exponent + value);
      return;
    }
    if (this.state === 'empty' || this.state === 'sign') this.state = 'whole';
    this.seen = true;
    const fraction = this.state === 'fraction';
    if (this.digits < DIGITS) {
      this.mantissa = 10 * this.mantissa + value;
      if (this.mantissa > 0) this.digits++;
      if (fraction) this.decimals++;
    } else if (!fraction) this.decimals--;
  }

  private other(byte: number): void {
    const { state } = this;
    if (byte === SPACE || byte === TAB || byte === RETURN) {
      if (state !== 'empty') this.state = 'after';
    } else if (byte === POINT && (state === 'empty' || state === 'sign' || state === 'whole')) this.state = 'fraction';
    else if ((byte === MINUS || byte === PLUS) && state === 'empty') {
      this.negative = byte === MINUS;
      this.state = 'sign';
    } else if ((byte === MINUS || byte === PLUS) && state === 'e') {
      this.negativeExponent = byte === MINUS;
      this.state = 'exponent';
    } else if ((byte === LOWER_E || byte === UPPER_E) && this.seen && (state === 'whole' || state === 'fraction'))
      this.state = 'e';
    else throw this.stray(byte);
  }

  private line(): void {
    // A blank line, such as one after the last.
    if (this.column === 0 && this.state === 'empty') return;
    this.finish();
    if (this.column !== this.columns) throw this.refuse(`${this.column} numbers, expected ${this.columns}`);
    this.row(this.values);
    this.rows++;
    this.column = 0;
  }

  private finish(): void {
    if (!this.seen) throw this.refuse(`number ${this.column + 1} is missing`);
    if (this.column >= this.columns) throw this.refuse(`more than ${this.columns} numbers`);
    const power = (this.negativeExponent ? -this.exponent : this.exponent) - this.decimals;
    // Powers up to 10²² are exact, so that one rounding is all there is.
    const size = power < 0 ? this.mantissa / 10 ** -power : this.mantissa * 10 ** power;
    if (!Number.isFinite(size)) throw this.refuse(`number ${this.column + 1} is too large`);
    this.values[this.column++] = this.negative ? -size : size;
    this.mantissa = this.digits = this.decimals = this.exponent = 0;
    this.negative = this.negativeExponent = this.seen = false;
    this.state = 'empty';
  }

  private stray(byte: number): KdlabError {
    return this.refuse(
      `${JSON.stringify(String.fromCharCode(byte))} in number ${this.column + 1}, expected finite numbers`,
    );
  }

  private refuse(what: string): KdlabError {
    return new KdlabError(`${this.file}: line ${this.rows + 1}: ${what}`);
  }
}
