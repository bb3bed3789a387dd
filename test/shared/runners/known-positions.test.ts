import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { LogSource, PartitionBuffer } from '../../../shared/ports/log.js';
import { createLogger } from '../../../shared/process/logger.js';
import { KnownPositions } from '../../../shared/runners/known-positions.js';
import { type CommittedPosition, encodeProgress } from '../../../shared/wire/progress-record.js';

describe('what is known of positions', () => {
  const log: (Buffer | null)[] = [];
  const said = (stage: string, topic: string, ...committed: [number, number, number][]) =>
    log.push(
      encodeProgress({
        note: { stage, topic, partitions: 4, times: [] },
        ...{ output: '', upTo: [] },
        committed: committed.map(([partition, offset, next]) => ({ partition, offset, next, topicId: null })),
      }),
    );
  const read: number[] = [];
  let failing = false;
  let topicId = 'one';
  const offsetOf = (known: CommittedPosition | 'unknown' | null) =>
    known === null || known === 'unknown' ? known : known.offset;
  const reader: Partial<LogSource> = {
    range: async () => {
      if (failing) throw new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'x.state.progress[0] has no leader');
      return { start: 0, end: log.length, topicId };
    },
    add: (buffer: PartitionBuffer, offset: number) => {
      read.push(log.length - offset);
      const records = log.slice(offset).map((value) => ({ key: 'k', value }));
      buffer.deliver(
        arrayBatch({ topic: 'x.state.progress', records, baseOffset: offset }),
        log.length,
        log.length,
      );
    },
    remove: () => {},
    wake: () => {},
  };

  it('is the last word of the own group on each partition, and only what is new is read', async () => {
    const never = new AbortController().signal;
    const known = new KnownPositions(
      reader as LogSource,
      'x.state.progress',
      'ingest',
      never,
      createLogger('test', 'silent'),
    );
    assert.equal(known.of('ingest.metrics', 0), 'unknown');
    await known.learn();
    assert.equal(known.of('ingest.metrics', 0), null);
    said('ingest', 'ingest.metrics', [0, 5, 6], [1, 8, 8]);
    said('windowing', 'ingest.metrics', [0, 99, 99]);
    log.push(null, Buffer.from('not ours'));
    said('ingest', 'ingest.events', [0, 3, 3]);
    await known.learn();
    assert.deepEqual(known.of('ingest.metrics', 0), { partition: 0, offset: 5, next: 6, topicId: null });
    // An operator has set it back.
    said('ingest', 'ingest.metrics', [0, 1, 2]);
    await known.learn();
    assert.deepEqual(offsetOf(known.of('ingest.metrics', 0)), 1);
    assert.deepEqual(offsetOf(known.of('ingest.metrics', 1)), 8);
    assert.deepEqual(offsetOf(known.of('ingest.events', 0)), 3);
    assert.deepEqual(read, [5, 1]);

    // The topic cannot be read: what was known still holds, and of others it is not known whether there is more.
    failing = true;
    await known.learn();
    assert.deepEqual(offsetOf(known.of('ingest.metrics', 1)), 8);
    assert.equal(known.of('ingest.metrics', 2), 'unknown');
    failing = false;
    await known.learn();
    assert.equal(known.of('ingest.metrics', 2), null);

    // It was created anew, and is longer already.
    topicId = 'another';
    log[0] = null;
    said('ingest', 'ingest.metrics', [2, 4, 4]);
    await known.learn();
    assert.deepEqual(read, [5, 1, 7]);
    assert.deepEqual(
      [0, 2].map((partition) => offsetOf(known.of('ingest.metrics', partition))),
      [1, 4],
    );
  });
});
