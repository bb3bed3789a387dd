import { encodeHeaders } from './headers.js';
import { VarintReader } from './varint.js';

/*
 * W3C Trace Context in the headers of records: a header `traceparent`, on records of sampled requests only. A record without
 * it costs a comparison of lengths.
 */

const NAME = Buffer.from('traceparent');
/** Of version 00: 2, 32, 16 and 2 hexadecimal digits, and what is between them. */
const TEXT_LENGTH = 55;
const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
const SAMPLED = 1;

/** The header alone: length and name, length and text. */
export const TRACE_HEADER_BYTES = 1 + NAME.length + 1 + TEXT_LENGTH;
/** Headers with fewer bytes hold no trace. */
export const LEAST_TRACED_BYTES = 1 + TRACE_HEADER_BYTES;
/** Longer ones are not searched, nor are more headers than these. */
const MOST_TRACED_BYTES = 4_096;
const MOST_HEADERS = 32;

/** A span, as others refer to it. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}

/** Null for what is no `traceparent`. */
export function parseTraceparent(text: string): (TraceContext & { readonly sampled: boolean }) | null {
  const match = FORM.exec(text);
  if (match === null) return null;
  const [, version = '', traceId = '', spanId = '', flags = '', more] = match;
  // Later versions may append something; this one does not.
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}

/** Of a sampled span. */
export function formatTraceparent({ traceId, spanId }: TraceContext): string {
  return `00-${traceId}-${spanId}-01`;
}

/** Headers of a record, as in headers.ts. */
export function traceHeaders(context: TraceContext): Buffer {
  return encodeHeaders({ traceparent: formatTraceparent(context) });
}

/** The sampled span that headers name, the first one; null where there is none. */
export function traceIn(bytes: Buffer, start: number, length: number): TraceContext | null {
  if (length < LEAST_TRACED_BYTES || length > MOST_TRACED_BYTES) return null;
  try {
    return search(bytes, start, length);
  } catch {
    // What is laid out like nothing has no trace either.
    return null;
  }
}

function search(bytes: Buffer, start: number, length: number): TraceContext | null {
  const end = start + length;
  const reader = new VarintReader(bytes);
  reader.at = start;
  for (let left = Math.min(reader.next(), MOST_HEADERS); left > 0 && reader.at < end; left--) {
    const nameLength = Math.max(0, reader.next());
    const name = reader.at;
    reader.at += nameLength;
    if (reader.at >= end) return null;
    const valueLength = Math.max(0, reader.next());
    const value = reader.at;
    reader.at += valueLength;
    if (reader.at > end) return null;
    if (nameLength !== NAME.length || NAME.compare(bytes, name, name + nameLength) !== 0) continue;
    const found = parseTraceparent(bytes.toString('latin1', value, value + valueLength));
    return found?.sampled === true ? { traceId: found.traceId, spanId: found.spanId } : null;
  }
  return null;
}
