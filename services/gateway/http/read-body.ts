import type { IncomingMessage } from 'node:http';
import { TactusError } from '../../../shared/core/errors.js';

export interface BodyLimits {
  readonly maxBodyBytes: number;
  /** Throws where there is no room for so many bytes at present; keeps none for them. */
  readonly requireRoom: (bytes: number) => void;
  /** As in {@link UnpackLimits}. */
  readonly grow: (bytes: number) => void;
}

/** Smaller chunks are copied into pieces: a sender may choose chunks of one byte, each of which would take hundreds. */
const MIN_CHUNK_BYTES = 4_096;
const PIECE_BYTES = 16_384;
/** More chunks have to have so many bytes each on average: reading one takes as long as reading hundreds of bytes. */
const MAX_SMALL_CHUNKS = 65_536;
const MIN_MEAN_BYTES = 16;

/** The sender has gone: nobody waits for an answer. */
export class SenderGone extends Error {
  override readonly name = 'SenderGone';
}

/**
 * The body of a request, as it was sent. A size that the sender states is looked at before anything is read, but only
 * what has come is counted: who states much and sends nothing keeps nobody out.
 *
 * @throws TactusError `TACTUS_BODY_TOO_LARGE`, and what `requireRoom` and `grow` throw; SenderGone
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const stated = Number(request.headers['content-length'] ?? 0);
  if (stated > limits.maxBodyBytes) throw tooLarge(stated, limits);
  limits.requireRoom(stated);
  return await new Promise((resolve, reject) => {
    const body = new Gathered();
    let size = 0;
    let chunks = 0;
    const done = () => {
      request.off('data', take).off('end', end).off('close', gone).off('error', gone);
    };
    const fail = (error: unknown) => {
      done();
      // What is still to come is thrown away by who answers.
      request.on('error', () => {}).resume();
      reject(error);
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      chunks += 1;
      try {
        if (chunks > MAX_SMALL_CHUNKS && size < chunks * MIN_MEAN_BYTES) throw tooManyChunks();
        if (size > limits.maxBodyBytes) throw tooLarge(size, limits);
        limits.grow(chunk.length);
        body.add(chunk);
      } catch (error) {
        fail(error);
      }
    };
    const end = () => {
      done();
      resolve(body.whole());
    };
    const gone = () => fail(new SenderGone('the sender closed the connection before its body was complete'));
    request.on('data', take).on('end', end).on('close', gone).on('error', gone);
  });
}

/** Chunks in few pieces of memory, however small they come. */
class Gathered {
  readonly #pieces: Buffer[] = [];
  /** Where small chunks go; its first `#used` bytes are not among the pieces yet. */
  #open: Buffer = Buffer.alloc(0);
  #used = 0;

  add(chunk: Buffer): void {
    // Most bodies are one chunk, of whatever size.
    if (chunk.length >= MIN_CHUNK_BYTES || (this.#pieces.length === 0 && this.#used === 0)) {
      this.#close();
      this.#pieces.push(chunk);
      return;
    }
    if (chunk.length > this.#open.length - this.#used) {
      this.#close();
      this.#open = Buffer.allocUnsafeSlow(PIECE_BYTES);
    }
    this.#used += chunk.copy(this.#open, this.#used);
  }

  whole(): Buffer {
    this.#close();
    return this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces);
  }

  #close(): void {
    if (this.#used === 0) return;
    this.#pieces.push(this.#open.subarray(0, this.#used));
    this.#open = this.#open.subarray(this.#used);
    this.#used = 0;
  }
}

function tooLarge(size: number, { maxBodyBytes }: BodyLimits): TactusError {
  return new TactusError(
    'TACTUS_BODY_TOO_LARGE',
    `the body has ${size} bytes or more; at most ${maxBodyBytes} are allowed (TACTUS_GATEWAY_MAX_BODY_BYTES)`,
  );
}

function tooManyChunks(): TactusError {
  return new TactusError(
    'TACTUS_BODY_TOO_LARGE',
    `the body has more than ${MAX_SMALL_CHUNKS} chunks, of less than ${MIN_MEAN_BYTES} bytes on average; allowed are as many, or larger ones`,
  );
}
