import * as zlib from 'node:zlib';
import { decompress as zstdInScript } from 'fzstd';
import { decompressFrameSync } from 'lz4-napi';
import { uncompressSync } from 'snappy';
import { TactusError } from '../../../core/errors.js';

/** The codec bits of a record batch's attributes (KIP-98; zstd: KIP-110). */
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** Snappy as Java writes it: this header, then blocks of `int32 length, data`. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;

/** Node 22.15 and later bring zstd; before, a script does it. */
const zstdOfNode = (zlib as { zstdDecompressSync?: (data: Buffer) => Buffer }).zstdDecompressSync;

/**
 * The records section of a batch, unpacked.
 *
 * @param attributes of the batch; the low three bits name the codec
 * @throws TactusError `TACTUS_KAFKA_UNAVAILABLE` when the bytes are damaged: the same batch is
 *   fetched again, as for a bad checksum
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
        return data.subarray(0, 8).equals(XERIAL_MAGIC) ? xerial(data) : (uncompressSync(data) as Buffer);
      case 'lz4':
        return decompressFrameSync(data);
      case 'zstd':
        return zstdOfNode ? zstdOfNode(data) : asBuffer(zstdInScript(data));
      default:
        throw new Error(`unknown codec ${attributes & 7}`);
    }
  } catch (error) {
    throw new TactusError('TACTUS_KAFKA_UNAVAILABLE', `cannot unpack a record batch (${codec})`, {
      cause: error,
    });
  }
}

function xerial(data: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at + 4 <= data.length; ) {
    const length = data.readInt32BE(at);
    blocks.push(uncompressSync(data.subarray(at + 4, at + 4 + length)) as Buffer);
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
