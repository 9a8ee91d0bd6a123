import type { Executor } from './executor';
import { FreeList } from './free-list';

/** Addresses are unsigned 32-bit; the last one means none. */
const ADDRESSES = 2 ** 32 - 16;

/** Hands out the memory of an executor in 64-byte aligned pieces, counted in 4-byte elements. */
export class Memory {
  private readonly places = new FreeList(ADDRESSES, 'the memory of the engine');

  constructor(private readonly executor: Executor) {}

  /** The address of `elements` elements of any content. Throws KdlabError where there is not so much memory. */
  allocate(elements: number): number {
    const address = this.places.allocate(elements);
    try {
      this.executor.reserve(this.places.end);
    } catch (error) {
      this.places.free(address);
      throw error;
    }
    return address;
  }

  /** Throws RangeError where `address` is not that of a piece in use. */
  free(address: number): void {
    this.places.free(address);
  }

  /** Elements in use. */
  get used(): number {
    return this.places.used;
  }

  /** The most elements that were in use at once. */
  get peak(): number {
    return this.places.peak;
  }
}
