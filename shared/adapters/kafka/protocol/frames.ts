import { FrameBuffers } from './frame-buffers.js';

const SIZE_BYTES = 4;
const SHARED_BYTES = 65_536;
/** A response may exceed the requested size by the first batch of each partition. */
const MAX_RESPONSE_BYTES = 1_073_741_824;

/**
 * Splits a connection's stream of bytes into responses (Kafka protocol guide: int32 size, then that many
 * bytes).
 *
 * Each response has its own buffer. A socket that uses {@link room} reads the rest of a large response
 * straight into it; chunks that are pushed are copied once.
 */
export class FrameReader {
  readonly #size = Buffer.alloc(SIZE_BYTES);
  #sizeFilled = 0;
  #frame: Buffer | null = null;
  #filled = 0;
  /** For reads outside of a large response. */
  readonly #shared: Buffer;

  /**
   * @param take receives each complete response, without its size
   * @param buffers the pool that its memory is from
   */
  constructor(
    private readonly take: (frame: Buffer) => void,
    private readonly maxBytes = MAX_RESPONSE_BYTES,
    sharedBytes = SHARED_BYTES,
    private readonly buffers = new FrameBuffers(),
  ) {
    this.#shared = Buffer.allocUnsafeSlow(sharedBytes);
  }

  /** The buffer for the next read, to be reported to {@link took}. */
  room(): Buffer {
    const frame = this.#frame;
    return frame !== null && frame.length - this.#filled >= this.#shared.length
      ? frame.subarray(this.#filled)
      : this.#shared;
  }

  /**
   * Takes in the first `bytes` of a buffer from {@link room}.
   *
   * @throws RangeError as {@link push}
   */
  took(bytes: number, room: Uint8Array): void {
    if (room.buffer === this.#shared.buffer) this.push(this.#shared.subarray(0, bytes));
    else {
      this.#filled += bytes;
      this.#finish();
    }
  }

  /**
   * Takes in bytes by copying them.
   *
   * @throws RangeError when a response has a negative size or one above the limit
   */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#frame === null) {
        while (this.#sizeFilled < SIZE_BYTES && at < chunk.length)
          this.#size[this.#sizeFilled++] = chunk[at++] as number;
        if (this.#sizeFilled < SIZE_BYTES) return;
        const size = this.#size.readInt32BE(0);
        if (size < 0 || size > this.maxBytes)
          throw new RangeError(`a response of ${size} bytes; at most ${this.maxBytes} are allowed`);
        this.#sizeFilled = 0;
        this.#frame = this.buffers.take(size);
        this.#filled = 0;
      }
      const copied = chunk.copy(this.#frame, this.#filled, at);
      at += copied;
      this.#filled += copied;
      this.#finish();
    }
  }

  #finish(): void {
    const frame = this.#frame;
    if (frame === null || this.#filled < frame.length) return;
    this.#frame = null;
    this.take(frame);
  }
}
