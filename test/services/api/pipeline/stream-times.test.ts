import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { timeOfCommit } from '../../../../services/api/pipeline/stream-times.js';
import { watermarkOf } from '../../../../services/api/pipeline/watermark.js';
import { withMark } from '../../../../shared/adapters/kafka/produce/commit-mark.js';
import { writePosition } from '../../../../shared/windows/position.js';
import { SourceTimes } from '../../../../shared/windows/source-times.js';

const NOW = 1_800_000_000_000;
const COMMIT = { partition: 3, offset: 40 };

/** As windowing writes it: partition 1 of three inputs is behind. */
function metadata(): string {
  const times = new SourceTimes({ idleTimeoutMs: 5_000, holdMs: 600_000 });
  const note = (partition: number, time: number) => ({ partition, time, atEnd: false });
  times.seen(NOW);
  times.takeNotes(
    [
      {
        ...{ stage: 'ingest', topic: 'ingest.metrics', partitions: 3 },
        times: [note(0, NOW - 1_000), note(1, NOW - 90_000), note(2, NOW - 2_000)],
      },
    ],
    NOW,
  );
  const written = writePosition({ next: 50, time: times.snapshot(), since: null });
  return withMark(written, { transactionalId: 'windowing-1', commit: 7 });
}

describe('the time of the stream', () => {
  it('and who holds it are in what windowing has committed', () => {
    assert.deepEqual(timeOfCommit({ ...COMMIT, metadata: metadata() }, 60), {
      ...{ partition: 3, idle: false, streamTime: NOW - 90_000 },
      holder: { stage: 'ingest', topic: 'ingest.metrics', partition: 1 },
    });
  });

  it('is not known where nothing, or another build, says it', () => {
    for (const text of ['', '{"v":99,"next":1}', '{"v":1'])
      assert.deepEqual(timeOfCommit({ ...COMMIT, metadata: text }, 40), {
        ...{ partition: 3, streamTime: null, holder: null, idle: true },
      });
  });

  it('is that of the partition that is farthest behind, of those that have something open', () => {
    const holder = { stage: 'ingest', topic: 'ingest.metrics', partition: 1 };
    const watermark = watermarkOf(
      [
        { partition: 0, streamTime: NOW - 500_000, holder: null, idle: true },
        { partition: 1, streamTime: NOW - 2_000, holder: null, idle: false },
        { partition: 2, streamTime: NOW - 9_000, holder, idle: false },
        { partition: 3, streamTime: null, holder: null, idle: false },
      ],
      NOW,
    );
    const { partitions, ...least } = watermark;
    assert.deepEqual(least, {
      ...{ streamTime: new Date(NOW - 9_000).toISOString(), delaySeconds: 9, partition: 2, holder },
    });
    assert.deepEqual(
      partitions.map(({ delaySeconds }) => delaySeconds),
      [null, 2, 9, null],
    );
    assert.equal(watermarkOf([], NOW).delaySeconds, null);
  });
});
