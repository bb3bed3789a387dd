import * as zlib from 'node:zlib';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { compressSync as snappySync, uncompressSync } from 'snappy';
import { TactusError } from '../../../core/errors.js';

/** The codec bits of a record batch's attributes (KIP-98; zstd: KIP-110). */
export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Codec = (typeof CODECS)[number];

/** Snappy as Java's client writes it: this header, then blocks of `int32 length, data`. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;

const XERIAL_BLOCK_BYTES = 65_536;

/** The records section of a batch, compressed. */
export function compress(codec: Codec, data: Buffer): Buffer {
  switch (codec) {
    case 'none':
      return data;
    case 'gzip':
      return zlib.gzipSync(data);
    case 'snappy':
      return compressXerial(data);
    case 'lz4':
      return compressFrameSync(data);
    case 'zstd':
      return zlib.zstdCompressSync(data);
  }
}

/**
 * The records section of a batch, decompressed.
 *
 * @param attributes of the batch; the low three bits name the codec
 * @throws TactusError `TACTUS_KAFKA_UNAVAILABLE` when the bytes are corrupt: the batch is fetched
 *   again, as after a checksum mismatch
 */
export function decompress(attributes: number, data: Buffer): Buffer {
  const codec = CODECS[attributes & 7];
  try {
    switch (codec) {
      case 'none':
        return data;
      case 'gzip':
        return zlib.gunzipSync(data);
      case 'snappy':
        return data.subarray(0, 8).equals(XERIAL_MAGIC)
          ? decompressXerial(data)
          : (uncompressSync(data) as Buffer);
      case 'lz4':
        return decompressFrameSync(data);
      case 'zstd':
        return zlib.zstdDecompressSync(data);
      default:
        throw new Error(`unknown codec ${attributes & 7}`);
    }
  } catch (error) {
    throw new TactusError('TACTUS_KAFKA_UNAVAILABLE', `cannot decompress a record batch (${codec})`, {
      cause: error,
    });
  }
}

function decompressXerial(data: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at + 4 <= data.length; ) {
    const length = data.readInt32BE(at);
    blocks.push(uncompressSync(data.subarray(at + 4, at + 4 + length)) as Buffer);
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

/** Both versions in the header are 1. */
function compressXerial(data: Buffer): Buffer {
  const parts: Buffer[] = [XERIAL_MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])];
  for (let at = 0; at < data.length; at += XERIAL_BLOCK_BYTES) {
    const block = snappySync(data.subarray(at, at + XERIAL_BLOCK_BYTES));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}
