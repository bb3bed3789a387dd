import { createHash } from 'node:crypto';
import { VarintReader, varintSize, writeVarint } from '../core/varint.js';

/** What a window is computed for: a tenant's metric with a set of tags. */
export interface Series {
  readonly tenantId: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The identity of a series as text: the same for any order of its tags. `groupBy` keeps only those
 * tags, null all. Parts are separated by NUL, which ingest lets into no name.
 */
export function seriesKey(
  tenantId: string,
  metric: string,
  tags: Readonly<Record<string, string>>,
  groupBy: readonly string[] | null,
): string {
  let key = `${tenantId}\u0000${metric}`;
  for (const name of tagNames(tags, groupBy)) key += `\u0000${name}\u0000${tags[name]}`;
  return key;
}

/** 132 bits of the SHA-256 of the identity of a series as text: of one length, whatever its tags hold. */
export function seriesHash({ tenantId, metric, tags }: Series): string {
  const identity = seriesKey(tenantId, metric, tags, null);
  return createHash('sha256').update(identity).digest('base64url').slice(0, 22);
}

/** The tenant of a key that {@link seriesKey} has made, with what may stand before that. */
export function tenantOfSeriesKey(key: string): string {
  return key.slice(0, key.indexOf('\u0000'));
}

/** The names of the tags that a series keeps under `groupBy`, sorted. */
export function tagNames(
  tags: Readonly<Record<string, string>>,
  groupBy: readonly string[] | null,
): readonly string[] {
  const names = groupBy === null ? Object.keys(tags) : groupBy.filter((name) => tags[name] !== undefined);
  return names.length > 1 ? names.sort() : names;
}

/*
 * The key of a record: tenantId and metric (of an event: its type), with a bar between them. It decides
 * about the partition, so that all points of a series are in one.
 */

/** Stands behind the tenant: a tenantId must not contain it, so that keys of two tenants are never equal. */
export const KEY_SEPARATOR = '|';
const SEPARATOR_BYTE = 0x7c;
/** Copying goes by words: up to so many bytes behind each text are read, and behind the key written. */
export const KEY_SLACK = 3;

export function recordKey(tenantId: string, name: string): string {
  return `${tenantId}${KEY_SEPARATOR}${name}`;
}

/** The tenant of a {@link recordKey}; null when the key is none. */
export function tenantOfKey(key: string): string | null {
  const end = key.indexOf(KEY_SEPARATOR);
  return end > 0 ? key.slice(0, end) : null;
}

/**
 * Writes the {@link recordKey} of a tenant and a metric, whose texts are in `from`, without making a string.
 *
 * @returns the place behind the key
 */
export function copyRecordKey(
  from: DataView,
  tenantStart: number,
  tenantEnd: number,
  metricStart: number,
  metricEnd: number,
  to: DataView,
  start: number,
): number {
  const end = copyText(from, tenantStart, tenantEnd, to, start);
  to.setUint8(end, SEPARATOR_BYTE);
  return copyText(from, metricStart, metricEnd, to, end + 1);
}

/** Texts are too short for a call into the runtime, and too long to go byte by byte. */
function copyText(from: DataView, start: number, end: number, to: DataView, at: number): number {
  for (let read = start, write = at; read < end; read += 4, write += 4)
    to.setInt32(write, from.getInt32(read, true), true);
  return at + end - start;
}

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

/** The tenant of what {@link writeIdentity} has written. */
export function readTenant(bytes: Buffer): string {
  const reader = new VarintReader(bytes);
  const length = reader.next();
  return bytes.toString('utf8', reader.at, reader.at + length);
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
