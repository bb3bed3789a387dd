import { jsonObject } from '../core/json-object.js';
import { decodeTimeNote, encodeTimeNote, type TimeNote } from './time-note.js';

/*
 * A record of `state.progress`: JSON {v, note, output, upTo, committed}, the note as base64 of what time-note.ts makes,
 * `committed` as [partition, offset, next, topicId, epoch] for each, null where the last two are not known. Builds before
 * have no `committed`.
 */

/** How far the group has committed an input partition. */
export interface CommittedPosition {
  readonly partition: number;
  /** Of the checkpoint: the oldest record that it needs. */
  readonly offset: number;
  /** Of the first record that was not processed. */
  readonly next: number;
  /** Of the topic: another one of that name has nothing to do with it. */
  readonly topicId?: string | null | undefined;
  /** Of the leader that wrote what was processed last, or of a later one. */
  readonly epoch?: number | undefined;
}

/** What a worker says of its input partitions, apart from what travels with its outputs. */
export interface ProgressRecord {
  readonly note: TimeNote;
  /** The topic whose readers learn the stage's time, the logical name; empty for a stage that keeps none. */
  readonly output: string;
  /** By partition of it: everything that was ever written of these input partitions lies before this offset. */
  readonly upTo: readonly number[];
  /** By partition, ascending; also of partitions whose time is not known. */
  readonly committed: readonly CommittedPosition[];
}

const VERSION = 1;

export function encodeProgress({ note, output, upTo, committed }: ProgressRecord): Buffer {
  return Buffer.from(
    JSON.stringify({
      ...{ v: VERSION, note: encodeTimeNote(note).toString('base64'), output, upTo },
      committed: committed.map(({ partition, offset, next, topicId = null, epoch = null }) => [
        partition,
        offset,
        next,
        topicId,
        epoch,
      ]),
    }),
  );
}

/** Null for another version's, and for any bytes that {@link encodeProgress} does not make. */
export function decodeProgress(bytes: Buffer): ProgressRecord | null {
  const { v, note, output, upTo, committed = [] } = jsonObject(bytes.toString()) ?? {};
  if (v !== VERSION || typeof note !== 'string' || typeof output !== 'string') return null;
  const positions = positionsOf(committed);
  if (!areOffsets(upTo) || positions === null) return null;
  const decoded = decodeTimeNote(Buffer.from(note, 'base64'));
  if (decoded === null || decoded === 'marker') return null;
  return { note: decoded, output, upTo, committed: positions };
}

/** Null for what {@link encodeProgress} does not make. */
function positionsOf(value: unknown): CommittedPosition[] | null {
  if (!Array.isArray(value)) return null;
  const positions: CommittedPosition[] = [];
  for (const one of value) {
    if (!Array.isArray(one) || one.length !== 5) return null;
    const [partition, offset, next, topicId, epoch] = one;
    if (!areOffsets([partition, offset, next, epoch ?? 0])) return null;
    if (topicId !== null && typeof topicId !== 'string') return null;
    positions.push({ partition, offset, next, topicId, ...(epoch !== null && { epoch }) });
  }
  return positions;
}

function areOffsets(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((offset) => Number.isSafeInteger(offset) && offset >= 0);
}
