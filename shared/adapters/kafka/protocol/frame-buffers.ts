/** Smaller buffers are not worth reusing. */
const MIN_BYTES = 4_096;
/** Most memory kept for reuse; the rest is left to the garbage collector. */
const MAX_SPARE_BYTES = 33_554_432;

/**
 * A pool for the memory of large responses: fetches need some hundred megabytes a second, which would
 * otherwise be allocated, zeroed and garbage collected.
 *
 * A buffer may be given back only when nothing reads it any more. One that is never given back is garbage
 * collected.
 */
export class FrameBuffers {
  /** By capacity, which is a power of two. */
  readonly #spare = new Map<number, ArrayBuffer[]>();
  #spareBytes = 0;

  constructor(private readonly maxSpareBytes = MAX_SPARE_BYTES) {}

  /** A buffer of that size, with arbitrary content. */
  take(bytes: number): Buffer {
    if (bytes < MIN_BYTES) return Buffer.allocUnsafeSlow(bytes);
    const capacity = 2 ** Math.ceil(Math.log2(bytes));
    const found = this.#spare.get(capacity)?.pop();
    if (found === undefined) return Buffer.allocUnsafeSlow(capacity).subarray(0, bytes);
    this.#spareBytes -= capacity;
    return Buffer.from(found, 0, bytes);
  }

  /** Takes back memory of {@link take}; ignores any other. */
  giveBack(memory: ArrayBufferLike): void {
    const capacity = memory.byteLength;
    const pooled = capacity >= MIN_BYTES && Number.isInteger(Math.log2(capacity));
    if (!pooled || !(memory instanceof ArrayBuffer) || this.#spareBytes + capacity > this.maxSpareBytes)
      return;
    const spare = this.#spare.get(capacity) ?? [];
    this.#spare.set(capacity, spare);
    spare.push(memory);
    this.#spareBytes += capacity;
  }
}
