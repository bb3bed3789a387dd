const SIZE_BYTES = 4;

/**
 * Cuts a connection's stream of bytes into responses (Kafka protocol guide: int32 size, then that
 * many bytes).
 *
 * A response that spans chunks is copied, as the chunks come, into a buffer of its own size: once,
 * and while the bytes are still in the processor's cache.
 */
export class FrameReader {
  readonly #size = Buffer.alloc(SIZE_BYTES);
  #sizeFilled = 0;
  #frame: Buffer | null = null;
  #filled = 0;

  /**
   * @param take gets each complete response, without its size; a view of the chunk if it lies in one
   * @throws RangeError when a response says that it has more than `maxBytes`, or less than none
   */
  push(chunk: Buffer, maxBytes: number, take: (frame: Buffer) => void): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#frame === null) {
        while (this.#sizeFilled < SIZE_BYTES && at < chunk.length)
          this.#size[this.#sizeFilled++] = chunk[at++] as number;
        if (this.#sizeFilled < SIZE_BYTES) return;
        const size = this.#size.readInt32BE(0);
        if (size < 0 || size > maxBytes)
          throw new RangeError(`a response of ${size} bytes; at most ${maxBytes}`);
        this.#sizeFilled = 0;
        if (size <= chunk.length - at) {
          take(chunk.subarray(at, at + size));
          at += size;
          continue;
        }
        this.#frame = Buffer.allocUnsafeSlow(size);
        this.#filled = 0;
      }
      const copied = chunk.copy(this.#frame, this.#filled, at);
      at += copied;
      this.#filled += copied;
      if (this.#filled < this.#frame.length) return;
      const frame = this.#frame;
      this.#frame = null;
      take(frame);
    }
  }
}
