import { type Series, tagNames } from './series.js';

/*
 * The identity of a series as bytes: tenantId, metric and tags as MetricPoint and WindowAggregate
 * have them, in Avro binary encoding (Avro specification 1.11), the tags as one block in order of
 * their names. No identity begins with another.
 */

/** A UTF-16 unit takes up to three bytes, a length up to five. */
const BYTES_PER_UNIT = 3;
const LENGTH_BYTES = 5;

/** Identities are written here; a list of small buffers to be joined would cost several times as much. */
let scratch = Buffer.alloc(1_024);

/**
 * The same for any order of the tags; of these `groupBy` keeps some, null all.
 *
 * @returns bytes that change with the next call
 */
export function writeIdentity({ tenantId, metric, tags }: Series, groupBy: readonly string[] | null): Buffer {
  const names = tagNames(tags, groupBy);
  let at = writeText(writeText(0, tenantId), metric);
  if (names.length > 0) at = writeLength(room(at, LENGTH_BYTES), at, names.length);
  for (const name of names) at = writeText(writeText(at, name), tags[name] as string);
  room(at, 1)[at++] = 0;
  return scratch.subarray(0, at);
}

function writeText(start: number, text: string): number {
  const bytes = room(start, text.length * BYTES_PER_UNIT + LENGTH_BYTES);
  // The length goes first: most texts are so short that it takes one byte, however many they take.
  const at =
    text.length * BYTES_PER_UNIT < 0x40 ? start + 1 : writeLength(bytes, start, Buffer.byteLength(text));
  const length = bytes.write(text, at);
  writeLength(bytes, start, length);
  return at + length;
}

/** The scratch buffer with room for `more` bytes from `at` on. */
function room(at: number, more: number): Buffer {
  if (at + more > scratch.length) {
    const larger = Buffer.alloc((at + more) * 2);
    scratch.copy(larger, 0, 0, at);
    scratch = larger;
  }
  return scratch;
}

function writeLength(bytes: Buffer, start: number, length: number): number {
  let at = start;
  let left = length * 2;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes[at++] = (left % 0x80) | 0x80;
  bytes[at++] = left;
  return at;
}

/** What {@link writeIdentity} has written. */
export function readIdentity(bytes: Buffer): Series {
  let at = 0;
  const number = (): number => {
    let zigzag = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number;
      zigzag |= (byte & 0x7f) << shift;
      if (byte < 0x80) return zigzag >>> 1;
    }
  };
  const text = (): string => {
    const length = number();
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  const tenantId = text();
  const metric = text();
  const tags: Record<string, string> = {};
  for (let left = number(); left > 0; left--) {
    const name = text();
    tags[name] = text();
  }
  return { tenantId, metric, tags };
}

/** An Avro string. */
export function avroText(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([avroLength(bytes.length), bytes]);
}

/** An Avro long that is not negative and below 2^31, as lengths and counts are. */
export function avroLength(length: number): Buffer {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  return bytes.subarray(0, writeLength(bytes, 0, length));
}
