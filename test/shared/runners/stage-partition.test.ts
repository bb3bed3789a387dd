import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { TactusError } from '../../../shared/core/errors.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { Checkpoint, Stage } from '../../../shared/core/stage.js';
import type { Commit, PartitionBuffer } from '../../../shared/ports/log.js';
import { Health } from '../../../shared/process/health.js';
import { createLogger } from '../../../shared/process/logger.js';
import { bind } from '../../../shared/runners/stage-binding.js';
import { runStagePartition, type StagePartitionOptions } from '../../../shared/runners/stage-partition.js';
import { PipelineTelemetry } from '../../../shared/runners/telemetry.js';
import { until } from '../../support/until.js';

/** Position before the restart; the checkpoint's offset is 0. */
const NEXT = 5;
const LOG_END = 8;

/** The checkpoint's offset after the restart. */
const SAFE = 2;
const BEFORE: Checkpoint = { offset: 0, metadata: String(NEXT) };

/**
 * A stage that keeps the offsets it was given, a log and an output in memory, and a clock that runs fast.
 *
 * @param answers what the group says is committed, one for each opening; the last for all further ones
 */
function partition(answers: readonly Checkpoint[] = [BEFORE]) {
  const restored: (Checkpoint | null)[] = [];
  let openings = 0;
  let failing = false;
  let held = Promise.resolve();
  const seen: number[] = [];
  const commits: Commit[] = [];
  const revoke = new AbortController();
  const health = new Health();
  let ticks = 0;
  let turns = 0;
  let buffer: PartitionBuffer | undefined;
  const stage: Stage<number[]> = {
    restore: ({ checkpoint }) => {
      restored.push(checkpoint);
      return seen;
    },
    step: (state, batch) => {
      for (let i = 0; i < batch.length; i++) state.push(batch.offset(i));
      if (batch.length === 0) ticks += 1;
      return { state, outputs: new OutputBatch(), refusals: [], changes: [] };
    },
    checkpoint: (state) => ({ offset: SAFE, metadata: String(state.length) }),
    replayUntil: () => NEXT,
  };
  const nothing = async () => {};
  const options = {
    context: {
      name: 'test',
      health,
      // Each look at the clock is a second: whatever can be due is due.
      clock: { now: () => 1_000 * ++turns },
      config: { kafka: { commitIntervalMs: 100, fetchMaxWaitMs: 10 } },
      fail: assert.fail,
    },
    ...{ group: 'test', topic: 'x.metrics', name: 'metrics', partition: 0, prefix: 'x.' },
    revoked: revoke.signal,
    binding: bind({ stage, decoder: { ...staticCodecs().decoder('metrics'), prepare: nothing } }),
    reader: {
      range: async () => ({ start: 0, end: LOG_END }),
      add: (added: PartitionBuffer) => {
        buffer = added;
      },
      remove: () => {},
      wake: () => {},
      close: nothing,
    },
    member: { confirmed: nothing },
    telemetry: new PipelineTelemetry(new Registry()),
    deadLetters: staticCodecs().encoder('dlq'),
    output: () => ({
      open: async () => answers[Math.min(openings++, answers.length - 1)],
      commit: async (commit: Commit) => {
        await held;
        if (failing) {
          failing = false;
          throw new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'the broker is away');
        }
        commits.push(commit);
      },
      close: nothing,
    }),
    log: createLogger('test', 'silent'),
  } as unknown as StagePartitionOptions;
  const done = runStagePartition(options);
  const deliver = async (from: number, to: number) => {
    await until('the log to be read', () => buffer !== undefined);
    const records = Array.from({ length: to - from }, () => ({ value: null }));
    buffer?.deliver(arrayBatch({ topic: 'x.metrics', records, baseOffset: from }), LOG_END, to);
    await until('the records to be stepped through', () => seen.length === to);
  };
  return {
    commits,
    health,
    restored,
    openings: () => openings,
    failNextCommit: () => {
      failing = true;
    },
    /** Commits hang until the function that it gives is called. */
    holdCommits: () => {
      let release = () => {};
      held = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    ticks: () => ticks,
    deliver,
    /** Delivers these records of the log, and lets the runner turn a few times behind them. */
    read: async (from: number, to: number) => {
      await deliver(from, to);
      const turn = turns;
      await until('some turns', () => turns > turn + 8);
    },
    stop: async () => {
      revoke.abort();
      await done;
    },
  };
}

describe('a partition that is read again', () => {
  it('commits nothing, is not ready and knows no time before it is where it was', async (t) => {
    const { commits, health, ticks, read, stop } = partition();
    t.after(stop);
    await read(0, NEXT - 2);
    await read(NEXT - 2, NEXT - 1);
    assert.deepEqual([commits.length, health.ready, ticks()], [0, false, 0]);
    await read(NEXT - 1, NEXT + 1);
    await until('the commit', () => commits.length > 0);
    assert.equal(commits[0]?.checkpoint.metadata, String(NEXT + 1));
    await until('readiness', () => health.ready);
    await until('the first tick', () => ticks() > 0);
  });

  it('commits nothing when it is taken away before it is where it was', async () => {
    const { commits, read, stop } = partition();
    await read(0, NEXT - 1);
    await stop();
    assert.equal(commits.length, 0);
  });
});

describe('a partition that is opened again', () => {
  it('asks again while the group says less than it has committed itself', async (t) => {
    const after: Checkpoint = { offset: SAFE, metadata: String(NEXT + 1) };
    const { commits, restored, openings, read, deliver, failNextCommit, stop } = partition([
      BEFORE,
      BEFORE,
      after,
    ]);
    t.after(stop);
    await read(0, NEXT + 1);
    await until('the commit', () => commits.length > 0);
    failNextCommit();
    await deliver(NEXT + 1, NEXT + 2);
    await until('it to be opened', () => openings() === 3);
    await until('the state to be restored', () => restored.length > 1);
    assert.deepEqual(restored, [BEFORE, after]);
  });
});

describe('a partition whose commit takes long', () => {
  it('processes on meanwhile, and commits that after it', async (t) => {
    const { commits, holdCommits, read, deliver, stop } = partition();
    t.after(stop);
    await read(0, NEXT + 1);
    await until('the commit', () => commits.length > 0);
    const before = commits.length;
    const release = holdCommits();
    await read(NEXT + 1, NEXT + 2);
    await deliver(NEXT + 2, NEXT + 3);
    assert.equal(commits.length, before);
    release();
    await until('both commits', () => commits.length === before + 2);
    const positions = commits.slice(before).map(({ checkpoint }) => checkpoint.metadata);
    assert.deepEqual(positions, [String(NEXT + 2), String(NEXT + 3)]);
  });

  it('is given up only when it is done', async () => {
    const { commits, holdCommits, read, stop } = partition();
    await read(0, NEXT + 1);
    await until('the commit', () => commits.length > 0);
    const before = commits.length;
    const release = holdCommits();
    await read(NEXT + 1, NEXT + 2);
    let stopped = false;
    const stopping = stop().then(() => {
      stopped = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(stopped, false);
    release();
    await stopping;
    assert.equal(commits.length, before + 1);
  });

  it('commits nothing of what came after, when it fails', async (t) => {
    const after: Checkpoint = { offset: SAFE, metadata: String(NEXT + 1) };
    const { commits, restored, failNextCommit, holdCommits, read, deliver, stop } = partition([
      BEFORE,
      after,
    ]);
    t.after(stop);
    await read(0, NEXT + 1);
    await until('the commit', () => commits.length > 0);
    const before = commits.length;
    failNextCommit();
    const release = holdCommits();
    await read(NEXT + 1, NEXT + 2);
    await deliver(NEXT + 2, NEXT + 3);
    release();
    await until('the state to be restored', () => restored.length > 1);
    assert.equal(commits.length, before);
  });
});
