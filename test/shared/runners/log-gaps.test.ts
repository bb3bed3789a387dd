import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Registry } from 'prom-client';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { LogReader } from '../../../shared/adapters/kafka/consume/log-reader.js';
import { loadConfig } from '../../../shared/config/load.js';
import { systemClock } from '../../../shared/core/clock.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { Stage } from '../../../shared/core/stage.js';
import type { TakenOver } from '../../../shared/ports/log.js';
import { Health } from '../../../shared/process/health.js';
import { createLogger } from '../../../shared/process/logger.js';
import { GroupLags } from '../../../shared/runners/group-lags.js';
import { bind } from '../../../shared/runners/stage-binding.js';
import { runStagePartition, type StagePartitionOptions } from '../../../shared/runners/stage-partition.js';
import { PipelineTelemetry } from '../../../shared/runners/telemetry.js';
import { WorkerCommits } from '../../../shared/runners/worker-commits.js';
import type { CommittedPosition } from '../../../shared/wire/progress-record.js';
import { FakeCluster, type FakePartition, idOf } from '../../support/fake-cluster.js';
import { until } from '../../support/until.js';

const TOPIC = 'tactus.metrics';

/** How many records were processed as new ones, and up to where; only the latter is in the checkpoint. */
interface Counted {
  next: number;
  readonly counted: number[];
}

/** A stage over a partition of a fake cluster, whose commits are kept in memory. */
async function running(t: TestContext, end: number) {
  const cluster = new FakeCluster();
  const [partition] = cluster.topic(TOPIC, { end }) as [FakePartition];
  const counted: number[] = [];
  let restored = 0;
  let committed: TakenOver | null = null;
  let said: CommittedPosition | null = null;
  const stage: Stage<Counted> = {
    restore: ({ checkpoint }) => {
      restored += 1;
      return { next: checkpoint === null ? 0 : JSON.parse(checkpoint.metadata).next, counted };
    },
    step: (state, batch) => {
      for (let i = 0; i < batch.length; i++)
        if (batch.offset(i) >= state.next) state.counted.push(batch.offset(i));
      state.next = Math.max(state.next, batch.nextOffset);
      return { state, outputs: new OutputBatch(), refusals: [], changes: [] };
    },
    checkpoint: ({ next }) => ({ offset: next, metadata: JSON.stringify({ v: 1, next }) }),
    replayUntil: ({ next }) => next,
  };
  const metrics = new Registry();
  const telemetry = new PipelineTelemetry(metrics);
  const log = createLogger('test', 'silent');
  const health = new Health();
  const context = {
    name: 'test',
    config: loadConfig({}),
    log,
    health,
    metrics,
    clock: systemClock,
    fail: assert.fail,
  };
  const reader = new LogReader(cluster.kafka(), context);
  await reader.connect();
  const commits = new WorkerCommits({
    ...{ context, telemetry, intervalMs: 10 },
    notes: () => new Map(),
    committed: () => {
      for (const one of commits.open) said = { partition: 0, ...one.committedPosition };
    },
    transactions: {
      commit: async ({ contents }) => {
        for (const { checkpoint } of contents) committed = { ...checkpoint, ours: true };
        return { outcome: 'committed', ends: new Map() };
      },
    },
  });
  commits.resume({ memberId: 'm', generationId: 1 });
  const revoke = new AbortController();
  const options = {
    ...{ context, telemetry, log, commits, reader },
    lags: new GroupLags({ group: 'test', reader, telemetry, log }),
    ...{ group: 'test', topic: TOPIC, name: 'metrics', partition: 0, prefix: 'tactus.' },
    revoked: revoke.signal,
    binding: bind({ stage, decoder: { ...staticCodecs().decoder('metrics'), prepare: async () => {} } }),
    takeOver: async () => committed,
    known: () => said,
    deadLetters: staticCodecs().encoder('dlq'),
    highest: { offset: 0 },
  } as unknown as StagePartitionOptions;
  const done = runStagePartition(options);
  t.after(async () => {
    revoke.abort();
    await done;
    await reader.close();
  });
  return {
    ...{ cluster, partition, counted, health },
    restored: () => restored,
    committed: () => committed,
    forget: () => {
      committed = null;
    },
    seen: (...offsets: number[]) =>
      until(`${offsets}, with ${counted} so far`, () => {
        if (counted.length < offsets.length) return false;
        assert.deepEqual(counted, offsets);
        return true;
      }),
    /** All of it, so that the log's state is what the checkpoint says. */
    committedTo: (offset: number) =>
      until(`the commit of ${offset}`, () => committed !== null && committed.offset === offset),
  };
}

describe('a stage whose log does not go on as it was', { timeout: 60_000 }, () => {
  for (const how of ['deleted with it', 'committed once more after it'] as const)
    it(`begins anew in a topic that was created anew, the old offset being ${how}`, async (t) => {
      const run = await running(t, 3);
      await run.seen(0, 1, 2);
      await run.committedTo(3);
      if (how === 'deleted with it') run.forget();
      run.cluster.topics.set(TOPIC, {
        id: idOf('another'),
        partitions: [{ leader: 1, epoch: 0, start: 0, end: 5 }],
      });
      await run.seen(0, 1, 2, 0, 1, 2, 3, 4);
      await run.committedTo(5);
      assert.deepEqual([run.committed()?.topicId, run.restored()], [idOf('another'), 2]);
      await until('readiness', () => run.health.ready);
    });

  it('counts what comes at the offsets of a tail that the log has lost, and reads nothing again', async (t) => {
    const run = await running(t, 5);
    await run.seen(0, 1, 2, 3, 4);
    await run.committedTo(5);
    run.partition.end = 3;
    await until('the note', () => run.health.notes.some((note) => note.includes('it has lost 2 records')));
    await run.committedTo(3);
    run.partition.end = 6;
    await run.seen(0, 1, 2, 3, 4, 3, 4, 5);
    await run.committedTo(6);
    await until('readiness', () => run.health.ready);
  });

  it('does so where a new leader has other records there, more than were read', async (t) => {
    const run = await running(t, 5);
    await run.seen(0, 1, 2, 3, 4);
    await run.committedTo(5);
    Object.assign(run.partition, { leader: 2, epoch: 1, end: 8, epochEnds: { 0: 3, 1: 8 } });
    await run.seen(0, 1, 2, 3, 4, 3, 4, 5, 6, 7);
    await run.committedTo(8);
    assert.equal(run.committed()?.epoch, 1);
  });

  it('goes on with its state where retention has passed it', async (t) => {
    const run = await running(t, 2);
    await run.seen(0, 1);
    await run.committedTo(2);
    Object.assign(run.partition, { start: 4, end: 6 });
    await run.seen(0, 1, 4, 5);
    await run.committedTo(6);
    assert.equal(run.restored(), 1);
    assert.ok(run.health.notes.some((note) => note.includes('2 records before offset 4 were deleted')));
  });

  it('goes on where it was after answers of a broker that wrongly says it is out of range', async (t) => {
    const run = await running(t, 2);
    await run.seen(0, 1);
    Object.assign(run.partition, { fetchError: 1, end: 3 });
    await until('the reason', () =>
      run.health.reasons.some((reason) => reason.includes('OFFSET_OUT_OF_RANGE')),
    );
    Object.assign(run.partition, { fetchError: 0 });
    await run.seen(0, 1, 2);
    assert.equal(run.restored(), 1);
  });
});
