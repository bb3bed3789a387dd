import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PartitionedRecordSets } from '../../../../../shared/adapters/kafka/produce/partitioned-record-sets.js';
import type { BlamedRecord } from '../../../../../shared/adapters/kafka/protocol/produce-request.js';
import { readRecordBatches } from '../../../../../shared/adapters/kafka/protocol/record-batches.js';
import type { PartitionRecords } from '../../../../../shared/adapters/kafka/protocol/record-set.js';
import { OutputBatch } from '../../../../../shared/core/output-batch.js';
import { encodeTimeNote, notesOf } from '../../../../../shared/wire/time-note.js';

const NOTE = { stage: 'ingest', topic: 'ingest.metrics', partitions: 1, times: [] };
const NOTES = new Map([
  ['metrics', { last: encodeTimeNote(NOTE), marker: encodeTimeNote(null) }],
  ['events', { last: encodeTimeNote(null), marker: encodeTimeNote(null) }],
] as const);

/** The notes of a topic's record sets, by partition. */
function notesByPartition(sets: PartitionedRecordSets, physical: string): unknown[][] {
  const notes: unknown[][] = [];
  for (const { topic, partition, set } of sets.sets) {
    if (topic !== physical) continue;
    const records = set.finish({ producerId: 1n, epoch: 0, baseSequence: 0, timestamp: 0, codec: 'none' });
    const offsets = { logStartOffset: 0, highWatermark: 1e6, lastStableOffset: 1e6 };
    const batch = readRecordBatches({ topic, partition, errorCode: 0, aborted: [], ...offsets, records }, 0);
    notes[partition] ??= [];
    for (const segment of batch.segments) notes[partition].push(notesOf(segment));
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
      const found = notesByPartition(sets, 'x.metrics');
      assert.equal(found.length, 3, `round ${round}`);
      for (const notes of found) {
        assert.ok(notes.length > 1);
        assert.deepEqual(notes.pop(), [NOTE]);
        assert.deepEqual(new Set(notes), new Set(['marker']));
      }
      for (const other of ['x.late', 'x.state.ingest'])
        assert.deepEqual(new Set(notesByPartition(sets, other).flat()), new Set([null]));
      sets.clear();
    }
  });

  describe('that the broker does not take', () => {
    const refusedSet = (one: PartitionRecords, code: number, blamed: readonly BlamedRecord[] = []) => ({
      ...{ topic: one.topic, partition: one.partition, set: one.set, code, blamed },
    });

    it('name the records that it blames, wherever they are from, and those that are alone', async () => {
      const sets = new PartitionedRecordSets('x.', async () => 3);
      const keyless = { topic: 'metrics', key: null, value: Buffer.from('no key') } as const;
      const batches = [
        outputs('metrics', 100),
        OutputBatch.of([keyless, keyless]),
        outputs('late', 1),
        outputs('metrics', 30),
        OutputBatch.of([keyless]),
      ];
      for (const batch of batches) await sets.add(batch);
      await sets.addChanges('state.ingest', 1, [{ key: 'k', value: null }]);
      const found: string[] = [];
      const wanted: string[] = [];
      for (const one of sets.sets) {
        if (one.topic !== 'x.metrics') continue;
        const indexes = Array.from({ length: one.set.count }, (_, index) => index);
        const blamed = indexes.map((index) => ({ index, message: 'no' }));
        const { records, smaller } = sets.refused([refusedSet(one, 87, blamed)]);
        assert.equal(smaller, false);
        found.push(...records.map(({ batch, index }) => `${one.partition} ${batch.record(index).key}`));
        wanted.push(...keysOf(one).map((key) => `${one.partition} ${key}`));
      }
      assert.equal(wanted.length, 133);
      assert.deepEqual(found, wanted);

      const late = sets.sets.find(({ topic }) => topic === 'x.late') as PartitionRecords;
      const { records } = sets.refused([refusedSet(late, 10)]);
      assert.deepEqual(
        records.map(({ batch, index }) => [batch === batches[2], index]),
        [[true, 0]],
      );
      assert.match(
        records[0]?.message ?? '',
        /^writing to x\.late\[\d\]: MESSAGE_TOO_LARGE \(10\); the value has 65536 bytes$/,
      );
      const change = sets.sets.find(({ topic }) => topic === 'x.state.ingest') as PartitionRecords;
      assert.deepEqual(
        sets.refused([refusedSet(change, 10)]).records,
        [],
        'a change of state is none of them',
      );
      // It may not write there at all.
      assert.deepEqual(sets.refused([refusedSet(late, 29)]), { records: [], smaller: false });
    });

    it('are made smaller for that topic while they hold several records', async () => {
      const sets = new PartitionedRecordSets('x.', async () => 1);
      const counts = async (name: 'metrics' | 'late') => {
        sets.clear();
        await sets.add(outputs(name, 20));
        return sets.sets.map(({ set }) => set.count);
      };
      const before = await counts('metrics');
      for (let most = 11; most > 1; ) {
        const [first] = sets.sets as [PartitionRecords];
        assert.deepEqual(sets.refused([refusedSet(first, 18)]), { records: [], smaller: true });
        const now = Math.max(...(await counts('metrics')));
        assert.ok(now < most, `${now}`);
        most = now;
      }
      assert.deepEqual(await counts('late'), before, 'other topics as before');
    });
  });
});

function keysOf({ topic, partition, set }: PartitionRecords): string[] {
  const records = set.finish({ producerId: 1n, epoch: 0, baseSequence: 0, timestamp: 0, codec: 'none' });
  const offsets = { logStartOffset: 0, highWatermark: 1e6, lastStableOffset: 1e6 };
  const batch = readRecordBatches({ topic, partition, errorCode: 0, aborted: [], ...offsets, records }, 0);
  return Array.from({ length: batch.length }, (_, i) => String(batch.key(i)));
}
