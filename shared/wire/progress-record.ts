import { decodeTimeNote, encodeTimeNote, type TimeNote } from './time-note.js';

/*
 * A record of `state.progress`: JSON {v, note, output, upTo}, the note as base64 of what time-note.ts makes.
 */

/** What a worker says of its input partitions, apart from what travels with its outputs. */
export interface ProgressRecord {
  readonly note: TimeNote;
  /** The topic that the stage writes, the logical name. */
  readonly output: string;
  /** By partition of it: everything that was ever written of these input partitions lies before this offset. */
  readonly upTo: readonly number[];
}

const VERSION = 1;

export function encodeProgress({ note, output, upTo }: ProgressRecord): Buffer {
  return Buffer.from(
    JSON.stringify({ v: VERSION, note: encodeTimeNote(note).toString('base64'), output, upTo }),
  );
}

/** Null for another version's, and for any bytes that {@link encodeProgress} does not make. */
export function decodeProgress(bytes: Buffer): ProgressRecord | null {
  const { v, note, output, upTo } = parsed(bytes);
  if (v !== VERSION || typeof note !== 'string' || typeof output !== 'string') return null;
  if (!Array.isArray(upTo) || !upTo.every((offset) => Number.isSafeInteger(offset) && offset >= 0))
    return null;
  const decoded = decodeTimeNote(Buffer.from(note, 'base64'));
  return decoded === null || decoded === 'marker' ? null : { note: decoded, output, upTo };
}

function parsed(bytes: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
