import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { uncompressSync } from 'snappy';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import { unsignedAt } from '../../../shared/core/varint.js';

/** What bodies may be packed with. */
export const ENCODINGS = ['identity', 'gzip', 'deflate', 'snappy', 'zstd'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface UnpackLimits {
  readonly maxUnpackedBytes: number;
  /** Is called before so many bytes more are kept; throws where there is no room for them. */
  readonly grow: (bytes: number) => void;
}

/** A frame may ask for a window of 2 GiB before it has said anything; with this it may be as large as a body. */
const MAX_ZSTD_WINDOW_LOG = 25;
const CHUNK_BYTES = 65_536;
/** Each takes memory and time of its own, however little is in it; whoever packs in parts makes few. */
const MAX_ZSTD_FRAMES = 1_000;
/** The compression method in the first byte of zlib's format (RFC 1950); without it, deflate comes bare, as some send it. */
const ZLIB_METHOD = 8;

/**
 * The encoding that a header names; empty or missing is `absent`.
 *
 * @throws TactusError `TACTUS_BODY_UNSUPPORTED` for one that is not known, and for several
 */
export function encodingOf(header: string | undefined, absent: Encoding): Encoding {
  const name = (header ?? '').trim().toLowerCase();
  if (name === '') return absent;
  const plain = name === 'x-gzip' ? 'gzip' : name;
  const encoding = ENCODINGS.find((one) => one === plain);
  if (encoding !== undefined) return encoding;
  throw new TactusError(
    'TACTUS_BODY_UNSUPPORTED',
    `Content-Encoding is ${JSON.stringify(name.slice(0, 64))}; allowed is one of ${ENCODINGS.join(', ')}`,
  );
}

/**
 * Unpacks a body. Its size is looked at before, where the format says it, or while it grows.
 *
 * @throws TactusError `TACTUS_BODY_TOO_LARGE`, `TACTUS_BODY_UNDECODABLE`, and what `grow` throws
 */
export async function unpack(body: Buffer, encoding: Encoding, limits: UnpackLimits): Promise<Buffer> {
  switch (encoding) {
    case 'identity':
      if (body.length > limits.maxUnpackedBytes) throw tooLarge(body.length, limits);
      return body;
    case 'snappy':
      return unpackSnappy(body, limits);
    case 'gzip':
      // It goes on with further members by itself, and leaves out zeros behind them, as gzip does.
      return (await unpackStream(zlib.createGunzip({ chunkSize: CHUNK_BYTES }), body, encoding, limits))
        .unpacked;
    case 'deflate': {
      const wrapped = body.length > 1 && isZlib(body[0] as number, body[1] as number);
      const inflate = wrapped ? zlib.createInflate : zlib.createInflateRaw;
      const stream = inflate({ chunkSize: CHUNK_BYTES });
      const { unpacked, read } = await unpackStream(stream, body, encoding, limits);
      if (read < body.length) throw undecodable(encoding, `${body.length - read} bytes follow its end`);
      return unpacked;
    }
    case 'zstd':
      return await unpackZstd(body, limits);
  }
}

/** Two bytes: the method, and what makes both a multiple of 31. */
function isZlib(first: number, second: number): boolean {
  return first % 16 === ZLIB_METHOD && (first * 256 + second) % 31 === 0;
}

/** A block begins with the size of what it unpacks to. */
function unpackSnappy(body: Buffer, limits: UnpackLimits): Buffer {
  const size = unsignedAt(body, 0);
  if (Number.isNaN(size)) throw undecodable('snappy', 'the block does not begin with its size');
  if (size > limits.maxUnpackedBytes) throw tooLarge(size, limits);
  limits.grow(size);
  try {
    return uncompressSync(body) as Buffer;
  } catch (error) {
    throw undecodable('snappy', messageOf(error));
  }
}

/** Frames may follow one another, and are then one content (RFC 8878, 3.1); a stream ends with the first. */
async function unpackZstd(body: Buffer, limits: UnpackLimits): Promise<Buffer> {
  const params = { [zlib.constants.ZSTD_d_windowLogMax]: MAX_ZSTD_WINDOW_LOG };
  const frames: Buffer[] = [];
  let size = 0;
  let at = 0;
  do {
    if (frames.length === MAX_ZSTD_FRAMES)
      throw undecodable('zstd', `it has more than ${MAX_ZSTD_FRAMES} frames; allowed are as many`);
    const stream = zlib.createZstdDecompress({ chunkSize: CHUNK_BYTES, params });
    const { unpacked, read } = await unpackStream(stream, body.subarray(at), 'zstd', limits, size);
    frames.push(unpacked);
    size += unpacked.length;
    at += read;
  } while (at < body.length);
  return frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames, size);
}

/**
 * @param before bytes that the body has unpacked to already
 * @returns what it unpacks to, and how many bytes of the body that took
 */
function unpackStream(
  stream: Transform & { readonly bytesWritten: number },
  body: Buffer,
  encoding: Encoding,
  limits: UnpackLimits,
  before = 0,
): Promise<{ readonly unpacked: Buffer; readonly read: number }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (error: unknown) => {
      stream.destroy();
      reject(error);
    };
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      try {
        if (before + size > limits.maxUnpackedBytes) throw tooLarge(before + size, limits);
        limits.grow(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        fail(error);
      }
    });
    stream.once('end', () => resolve({ unpacked: Buffer.concat(chunks, size), read: stream.bytesWritten }));
    stream.once('error', (error) => fail(undecodable(encoding, messageOf(error))));
    stream.end(body);
  });
}

function tooLarge(size: number, { maxUnpackedBytes }: UnpackLimits): TactusError {
  return new TactusError(
    'TACTUS_BODY_TOO_LARGE',
    `the body unpacks to ${size} bytes or more; at most ${maxUnpackedBytes} are allowed (TACTUS_GATEWAY_MAX_UNPACKED_BYTES)`,
  );
}

function undecodable(encoding: Encoding, why: string): TactusError {
  return new TactusError('TACTUS_BODY_UNDECODABLE', `the body cannot be unpacked as ${encoding}: ${why}`);
}
