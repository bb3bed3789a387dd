import { VarintReader, varintSize, writeVarint } from '../core/varint.js';
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
  if (names.length > 0) at = writeVarint(room(at, LENGTH_BYTES), at, names.length);
  for (const name of names) at = writeText(writeText(at, name), tags[name] as string);
  room(at, 1)[at++] = 0;
  return scratch.subarray(0, at);
}

function writeText(start: number, text: string): number {
  const bytes = room(start, text.length * BYTES_PER_UNIT + LENGTH_BYTES);
  // The length goes first: most texts are so short that it takes one byte, however many they take.
  const at = start + varintSize(text.length * BYTES_PER_UNIT < 0x40 ? 0 : Buffer.byteLength(text));
  const length = bytes.write(text, at);
  writeVarint(bytes, start, length);
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

/** What {@link writeIdentity} has written. */
export function readIdentity(bytes: Buffer): Series {
  const reader = new VarintReader(bytes);
  const text = (): string => {
    const length = reader.next();
    reader.at += length;
    return bytes.toString('utf8', reader.at - length, reader.at);
  };
  const tenantId = text();
  const metric = text();
  const tags: Record<string, string> = {};
  for (let left = reader.next(); left > 0; left--) {
    const name = text();
    tags[name] = text();
  }
  return { tenantId, metric, tags };
}
