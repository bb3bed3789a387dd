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
