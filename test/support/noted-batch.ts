import { arrayBatch, type PlainRecord } from '../../shared/core/array-batch.js';
import { joinBatches } from '../../shared/core/join-batches.js';
import type { RecordBatch } from '../../shared/core/record-batch.js';
import { encodeTimeNote, encodeTimeNotes, TIME_HEADER, type TimeNote } from '../../shared/wire/time-note.js';

/** Records that were written together: by a stage, with a note, one for each of its inputs, or a marker; or by somebody else, with null. */
export interface RecordSetOf {
  readonly records: readonly PlainRecord[];
  readonly note: TimeNote | readonly TimeNote[] | 'marker' | null;
}

/** A batch of several record sets, as a fetch gives it; a tick without any. */
export function notedBatch(
  topic: string,
  sets: readonly RecordSetOf[],
  { baseOffset = 0, partition = 0, atEnd = true } = {},
): RecordBatch {
  const batches: RecordBatch[] = [];
  let offset = baseOffset;
  for (const { records, note } of sets) {
    const noted = note === null ? records : withHeader(records, headerOf(note));
    batches.push(arrayBatch({ topic, partition, records: noted, baseOffset: offset, atEnd }));
    offset += records.length;
  }
  return batches.length === 0
    ? arrayBatch({ topic, partition, records: [], baseOffset, atEnd })
    : joinBatches(batches);
}

function headerOf(note: NonNullable<RecordSetOf['note']>): Buffer {
  if (note === 'marker') return encodeTimeNote(null);
  return encodeTimeNotes('times' in note ? [note] : note);
}

function withHeader(records: readonly PlainRecord[], value: Buffer): PlainRecord[] {
  const last = records.length - 1;
  return records.map((record, i) => (i < last ? record : { ...record, headers: { [TIME_HEADER]: value } }));
}
