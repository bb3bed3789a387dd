import type { IncomingMessage } from 'node:http';
import { TactusError } from '../../../shared/core/errors.js';

export interface BodyLimits {
  readonly maxBodyBytes: number;
  /** As in {@link UnpackLimits}. */
  readonly grow: (bytes: number) => void;
}

/** The sender has gone: nobody waits for an answer. */
export class SenderGone extends Error {
  override readonly name = 'SenderGone';
}

/**
 * The body of a request, as it was sent. A size that the sender states is looked at before anything is read; a chunked
 * body is counted as it comes.
 *
 * @throws TactusError `TACTUS_BODY_TOO_LARGE`, and what `grow` throws; SenderGone
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const stated = Number(request.headers['content-length'] ?? 0);
  if (stated > limits.maxBodyBytes) throw tooLarge(stated, limits);
  limits.grow(stated);
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
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
      try {
        if (size > limits.maxBodyBytes) throw tooLarge(size, limits);
        if (size > stated) limits.grow(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        fail(error);
      }
    };
    const end = () => {
      done();
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
    };
    const gone = () => fail(new SenderGone('the sender closed the connection before its body was complete'));
    request.on('data', take).on('end', end).on('close', gone).on('error', gone);
  });
}

function tooLarge(size: number, { maxBodyBytes }: BodyLimits): TactusError {
  return new TactusError(
    'TACTUS_BODY_TOO_LARGE',
    `the body has ${size} bytes or more; at most ${maxBodyBytes} are allowed (TACTUS_GATEWAY_MAX_BODY_BYTES)`,
  );
}
