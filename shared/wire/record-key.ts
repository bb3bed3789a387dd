import type { VarintReader } from '../core/varint.js';

/*
 * The key of a record: tenantId and metric (of an event: its type), with a bar between them. It decides
 * about the partition, so that all points of a series are in one.
 */

/** Stands behind the tenant: a tenantId must not contain it, so that keys of two tenants are never equal. */
export const KEY_SEPARATOR = '|';
const SEPARATOR_BYTE = 0x7c;
/** Copying goes by words: up to so many bytes behind the key are read and written as well. */
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
 * Writes the {@link recordKey} of the series whose identity `reader` stands at, without making a string of it.
 *
 * @param from a view of the reader's bytes
 * @returns the place behind the key
 */
export function copyRecordKey(reader: VarintReader, from: DataView, to: DataView, start: number): number {
  const end = copyText(reader, from, to, start);
  to.setUint8(end, SEPARATOR_BYTE);
  return copyText(reader, from, to, end + 1);
}

/** Texts are too short for a call into the runtime, and too long to go byte by byte. */
function copyText(reader: VarintReader, from: DataView, to: DataView, at: number): number {
  const length = reader.next();
  const start = reader.at;
  for (let i = 0; i < length; i += 4) to.setInt32(at + i, from.getInt32(start + i, true), true);
  reader.at = start + length;
  return at + length;
}
