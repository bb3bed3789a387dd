import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PartitionedRecordSets } from '../../../../../shared/adapters/kafka/produce/partitioned-record-sets.js';
import { readRecordBatches } from '../../../../../shared/adapters/kafka/protocol/record-batches.js';
import { OutputBatch } from '../../../../../shared/core/output-batch.js';
import { encodeTimeNote, noteOf } from '../../../../../shared/wire/time-note.js';

const NOTE = { stage: 'ingest', topic: 'ingest.metrics', partitions: 1, times: [] };
const NOTES = new Map([
  ['metrics', { last: encodeTimeNote(NOTE), marker: encodeTimeNote(null) }],
  ['events', { last: encodeTimeNote(null), marker: encodeTimeNote(null) }],
] as const);

/** The notes of a topic's record sets, by partition. */
function notesOf(sets: PartitionedRecordSets, physical: string): unknown[][] {
  const notes: unknown[][] = [];
  for (const { topic, partition, set } of sets.sets) {
    if (topic !== physical) continue;
    const records = set.finish({ producerId: 1n, epoch: 0, baseSequence: 0, timestamp: 0, codec: 'none' });
    const offsets = { logStartOffset: 0, highWatermark: 1e6, lastStableOffset: 1e6 };
    const batch = readRecordBatches({ topic, partition, errorCode: 0, aborted: [], ...offsets, records }, 0);
    notes[partition] ??= [];
    for (const segment of batch.segments) notes[partition].push(noteOf(segment));
  }
  return notes;
}

/** So many records of 64 kB with different keys. */
function outputs(topic: 'metrics' | 'late', count: number): OutputBatch {
  const value = Buffer.alloc(65_536);
  return OutputBatch.of(Array.from({ length: count }, (_, i) => ({ topic, key: `key ${i}`, value })));
}

describe('record sets by partition', () => {
  it('end with a note each: the last one of a partition with the times, those before with the marker', async () => {
    const sets = new PartitionedRecordSets('x.', async () => 3);
    for (const round of [1, 2]) {
      await sets.add(outputs('metrics', 100));
      await sets.add(outputs('late', 100));
      await sets.addChanges('state.ingest', 1, [{ key: 'k', value: null }]);
      sets.finishNotes(NOTES);
      const found = notesOf(sets, 'x.metrics');
      assert.equal(found.length, 3, `round ${round}`);
      for (const notes of found) {
        assert.ok(notes.length > 1);
        assert.deepEqual(notes.pop(), NOTE);
        assert.deepEqual(new Set(notes), new Set(['marker']));
      }
      for (const other of ['x.late', 'x.state.ingest'])
        assert.deepEqual(new Set(notesOf(sets, other).flat()), new Set([null]));
      sets.clear();
    }
  });
});
