/** Below this a buffer costs nothing worth keeping it for. */
const LEAST_BYTES = 4_096;
/** Most memory that waits for the next response; what is given back beyond that is left to the garbage collector. */
const MAX_SPARE_BYTES = 33_554_432;

/**
 * The memory of large responses, used again: fetches take some hundred megabytes a second, which the
 * garbage collector would have to find and the system to hand out in empty pages.
 *
 * Whoever gives a buffer back promises that nobody reads it any more. One that is never given back is
 * collected as any other.
 */
export class FrameBuffers {
  /** By capacity, which is a power of two. */
  readonly #spare = new Map<number, ArrayBuffer[]>();
  #spareBytes = 0;

  constructor(private readonly maxSpareBytes = MAX_SPARE_BYTES) {}

  /** A buffer of that size, with whatever was in it before. */
  take(bytes: number): Buffer {
    if (bytes < LEAST_BYTES) return Buffer.allocUnsafeSlow(bytes);
    const capacity = 2 ** Math.ceil(Math.log2(bytes));
    const found = this.#spare.get(capacity)?.pop();
    if (found === undefined) return Buffer.allocUnsafeSlow(capacity).subarray(0, bytes);
    this.#spareBytes -= capacity;
    return Buffer.from(found, 0, bytes);
  }

  /** Takes back what {@link take} gave; anything else is left alone. */
  giveBack(memory: ArrayBufferLike): void {
    const capacity = memory.byteLength;
    const ours = capacity >= LEAST_BYTES && Number.isInteger(Math.log2(capacity));
    if (!ours || !(memory instanceof ArrayBuffer) || this.#spareBytes + capacity > this.maxSpareBytes) return;
    const spare = this.#spare.get(capacity) ?? [];
    this.#spare.set(capacity, spare);
    spare.push(memory);
    this.#spareBytes += capacity;
  }
}
