import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { TactusError } from '../../../shared/core/errors.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { Checkpoint, Stage } from '../../../shared/core/stage.js';
import type {
  CommitResult,
  OffsetRange,
  PartitionBuffer,
  PartitionContent,
} from '../../../shared/ports/log.js';
import { Health } from '../../../shared/process/health.js';
import { createLogger } from '../../../shared/process/logger.js';
import { ArrivalOrder } from '../../../shared/runners/arrival-order.js';
import type { HighestCommit } from '../../../shared/runners/check-committed.js';
import { FetchBuffer } from '../../../shared/runners/fetch-buffer.js';
import { GroupLags } from '../../../shared/runners/group-lags.js';
import type { OpenPartition } from '../../../shared/runners/open-partition.js';
import { bind } from '../../../shared/runners/stage-binding.js';
import { runStagePartition, type StagePartitionOptions } from '../../../shared/runners/stage-partition.js';
import { PipelineTelemetry } from '../../../shared/runners/telemetry.js';
import { WorkerCommits } from '../../../shared/runners/worker-commits.js';
import type { CommittedPosition } from '../../../shared/wire/progress-record.js';
import { until } from '../../support/until.js';

/** Position before the restart; the checkpoint's offset is 0. */
const NEXT = 5;
const LOG_END = 8;
/** When its records arrived. */
const ARRIVAL = 9_000;

/** The checkpoint's offset after the restart. */
const SAFE = 2;
const BEFORE: Checkpoint = { offset: 0, metadata: String(NEXT) };

interface Setup {
  /** What the group says is committed, one for each opening; the last for all further ones. */
  readonly answers?: readonly (Checkpoint | null)[];
  /** That it is read in. */
  readonly order?: ArrivalOrder;
  /** What the process knows of its commits. */
  readonly highest?: HighestCommit;
  /** Is called while the state is restored, with what takes the partition away. */
  readonly restoring?: (takeAway: () => void) => void;
  /** Most records that the stage takes at once. */
  readonly atOnce?: number;
  /** Offsets that the stage stops at until it was asked for them. */
  readonly stopsAt?: readonly number[];
  /** Waited for when it has stopped. */
  readonly asking?: Promise<void>;
  /** Called with each batch, before it is stepped through. */
  readonly preparing?: () => Promise<void>;
  /** Asked for at each opening. */
  readonly log?: OffsetRange;
}

/** A stage that keeps the offsets it was given, a log and an output in memory, and a clock that runs fast. */
function partition({
  answers = [BEFORE],
  order,
  highest = { offset: 0 },
  restoring = () => {},
  atOnce = Number.POSITIVE_INFINITY,
  stopsAt = [],
  asking = Promise.resolve(),
  preparing = () => Promise.resolve(),
  log = { start: 0, end: LOG_END },
}: Setup = {}) {
  const restored: (Checkpoint | null)[] = [];
  let openings = 0;
  let known: CommittedPosition | null = null;
  let failing: 'aborted' | 'lost' | null = null;
  let underWay = 0;
  let poison: TactusError | null = null;
  /** How many commits were on their way at each opening. */
  const meanwhile: number[] = [];
  let held = Promise.resolve();
  const seen: number[] = [];
  /** Records of each step, and of those since the process last got to other things. */
  const steps: { records: number; sinceOthers: number }[] = [];
  let sinceOthers = 0;
  const stopping = new Set(stopsAt);
  let asked = 0;
  const commits: PartitionContent[] = [];
  const revoke = new AbortController();
  const health = new Health();
  let ticks = 0;
  let turns = 0;
  let looks = 0;
  let buffer: PartitionBuffer | undefined;
  /** Where reading was begun, and in which log. */
  const begun: [offset: number, topicId: string | null | undefined][] = [];
  const stage: Stage<number[]> = {
    restore: ({ checkpoint }) => {
      restored.push(checkpoint);
      restoring(() => revoke.abort());
      return seen;
    },
    step: (state, batch) => {
      const thrown = batch.length > 0 ? poison : null;
      if (thrown !== null) {
        poison = null;
        throw thrown;
      }
      for (let i = 0; i < batch.length; i++) {
        const stops = stopping.has(batch.offset(i));
        if (stops) return { state, outputs: new OutputBatch(), refusals: [], changes: [], stoppedAt: i };
        state.push(batch.offset(i));
      }
      sinceOthers += batch.length;
      steps.push({ records: batch.length, sinceOthers });
      setImmediate(() => {
        sinceOthers = 0;
      });
      if (batch.length === 0) ticks += 1;
      return { state, outputs: new OutputBatch(), refusals: [], changes: [] };
    },
    checkpoint: (state) => ({ offset: SAFE, metadata: String(state.length) }),
    replayUntil: (state) => Math.max(NEXT, state.length),
    atOnce: () => atOnce,
    time: (state) => ({ time: state.length, atEnd: true }),
  };
  const nothing = async () => {};
  const metrics = new Registry();
  const telemetry = new PipelineTelemetry(metrics);
  const logger = createLogger('test', 'silent');
  const context = {
    ...{ name: 'test', health, log: logger, metrics, fail: assert.fail },
    // Each look at the clock is a second: whatever can be due is due.
    clock: { now: () => 1_000 * ++looks },
    config: { kafka: { commitIntervalMs: 100, fetchMaxWaitMs: 10 } },
  };
  const workerCommits = new WorkerCommits({
    ...{ context, telemetry, intervalMs: 100 },
    notes: () => new Map(),
    committed: () => {},
    transactions: {
      commit: async ({ contents }): Promise<CommitResult> => {
        underWay += 1;
        await held;
        underWay -= 1;
        const outcome = failing;
        failing = null;
        if (outcome !== null)
          return { outcome, error: new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'the broker is away') };
        commits.push(...contents);
        return { outcome: 'committed', ends: new Map() };
      },
    },
  });
  workerCommits.resume({ memberId: 'm', generationId: 1 });
  /** By the answer to whoever asks; fetch responses say what is delivered. */
  let logEnd = log.end;
  const lags = new GroupLags({
    ...{ group: 'test', telemetry, log: logger, everyMs: 20 },
    reader: { ends: async () => new Map([[0, logEnd]]) },
  });
  const options = {
    ...{ context, telemetry, lags, log: logger, commits: workerCommits },
    ...{ group: 'test', topic: 'x.metrics', name: 'metrics', partition: 0, prefix: 'x.' },
    revoked: revoke.signal,
    binding: bind({
      stage,
      decoder: { ...staticCodecs().decoder('metrics'), prepare: () => preparing() },
      // Asked for in each turn.
      version: () => {
        turns += 1;
        return 1;
      },
      ...(order !== undefined && { order }),
      ask: async () => {
        asked += 1;
        await asking;
        stopping.delete(seen.length);
      },
    }),
    reader: {
      range: async () => log,
      add: (added: PartitionBuffer, offset: number, topicId?: string | null) => {
        buffer = added;
        begun.push([offset, topicId]);
      },
      remove: () => {},
      wake: () => {},
      close: nothing,
    },
    takeOver: async () => {
      meanwhile.push(underWay);
      return answers[Math.min(openings++, answers.length - 1)];
    },
    deadLetters: staticCodecs().encoder('dlq'),
    highest,
    known: () => known,
  } as unknown as StagePartitionOptions;
  const ended: true[] = [];
  const done = runStagePartition(options).then(() => void ended.push(true));
  const send = async (from: number, to: number, agoMs = 0) => {
    await until('the log to be read', () => buffer !== undefined);
    const records = Array.from({ length: to - from }, () => ({ value: null, timestamp: ARRIVAL }));
    const sentAt = { monotonic: performance.now() - agoMs, wall: Date.now() - agoMs };
    buffer?.deliver(arrayBatch({ topic: 'x.metrics', records, baseOffset: from }), LOG_END, to, sentAt);
  };
  const deliver = async (from: number, to: number) => {
    await send(from, to);
    await until('the records to be stepped through', () => seen.length === to);
  };
  return {
    seen,
    steps,
    commits,
    workerCommits,
    health,
    metrics,
    /** Undefined where nothing is said of it. */
    lag: async () => (await metrics.getSingleMetric('tactus_consumer_lag_records')?.get())?.values[0]?.value,
    grow: (records: number) => {
      logEnd += records;
    },
    restored,
    begun,
    meanwhile,
    breakOff: () => buffer?.brokenOff?.(),
    failNextStep: () => {
      poison = new TactusError('TACTUS_REGISTRY_UNAVAILABLE', 'the registry is away');
    },
    openings: () => openings,
    asked: () => asked,
    /** A member of the group has said so. */
    say: (position: CommittedPosition) => {
      known = position;
    },
    passTime: (ms: number) => {
      looks += ms / 1_000;
    },
    isRead: () => buffer !== undefined,
    hasEnded: () => ended.length > 0,
    failNextCommit: (outcome: 'aborted' | 'lost') => {
      failing = outcome;
    },
    /** Commits hang until the function that it gives is called. */
    holdCommits: () => {
      let release = () => {};
      held = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    underWay: () => underWay,
    ticks: () => ticks,
    turns: () => turns,
    send,
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
      await lags.close();
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

describe('a partition that is taken away while its state is restored', () => {
  it('ends without reading, stepping or committing: another owner is at work', async () => {
    const taken = partition({ restoring: (takeAway) => takeAway() });
    await until('it to end', () => taken.hasEnded());
    assert.deepEqual([taken.restored.length, taken.isRead(), taken.commits.length], [1, false, 0]);
  });
});

describe('a partition that ends with a batch never', () => {
  it('makes its worker one that is not alive, unless it waits for a server', async (t) => {
    const hanging = Promise.withResolvers<void>();
    let hangs = false;
    const preparing = () => (hangs ? hanging.promise : Promise.resolve());
    const { health, read, send, stop } = partition({ preparing });
    t.after(async () => {
      hanging.resolve();
      await stop();
    });
    const passes = (minutes: number) => {
      for (let i = 0; i < 60 * minutes; i += 1) health.look(1_000);
      return health.alive;
    };
    await read(0, NEXT + 1);
    await until('readiness', () => health.ready);
    assert.equal(passes(60), true);
    hangs = true;
    await send(NEXT + 1, NEXT + 2);
    health.block('the registry', 'waiting for the registry');
    assert.equal(passes(60), true);
    health.clear('the registry');
    await until('the batch to hang', () => !passes(10));
    assert.match(health.reasons.join(), /x\.metrics\[0\]: no progress for \d+ s, though there is work/);
  });
});

describe('a partition whose committed offset is behind what its group has said', () => {
  it('is not opened before the group says more', async (t) => {
    const stale = { ...BEFORE, ours: true };
    const opened = partition({ answers: [stale, stale, { offset: SAFE, metadata: String(NEXT) }] });
    t.after(opened.stop);
    opened.say({ partition: 0, offset: SAFE, next: NEXT });
    await until('it to be opened', () => opened.restored.length > 0);
    assert.deepEqual([opened.openings(), opened.restored[0]?.offset], [3, SAFE]);
  });
});

describe('a partition that nothing comes to', () => {
  it('is committed again now and then, before the broker forgets its offset', async (t) => {
    const { commits, workerCommits, read, passTime, turns, stop } = partition();
    t.after(stop);
    await read(0, NEXT + 1);
    await until('the commit', () => commits.length === 1);
    const turn = turns();
    await until('some turns', () => turns() > turn + 20);
    assert.equal(commits.length, 1);
    passTime(43_200_000);
    await until('another commit', () => commits.length === 2);
    assert.deepEqual([commits[1]?.checkpoint, commits[1]?.outputs], [commits[0]?.checkpoint, []]);
    const [open] = workerCommits.open;
    assert.deepEqual(open?.committedPosition, {
      offset: SAFE,
      next: NEXT + 1,
      topicId: null,
      epoch: undefined,
    });
  });
});

describe('a partition whose stage takes few records at once', () => {
  it('gets to other things between them, and commits how far it has come', async (t) => {
    const { seen, steps, commits, read, stop } = partition({ atOnce: 2 });
    t.after(stop);
    await read(0, LOG_END);
    await until('the commit', () => commits.length > 0);
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7]);
    const given = steps.filter(({ records }) => records > 0);
    assert.equal(given.length, LOG_END / 2);
    for (const { sinceOthers } of given) assert.equal(sinceOthers, 2);
    await until('all to be committed', () => commits.at(-1)?.checkpoint.metadata === String(LOG_END));
  });
});

describe('a partition whose stage has something asked in the middle of a batch', () => {
  it('goes on with the rest of it afterwards, and commits meanwhile what was taken', async (t) => {
    const answered = Promise.withResolvers<void>();
    const { seen, commits, send, asked, stop } = partition({
      stopsAt: [6, 7],
      asking: answered.promise,
    });
    t.after(stop);
    await send(0, LOG_END);
    await until('it to ask', () => asked() === 1);
    await until('the commit of what was before', () => commits.at(-1)?.checkpoint.metadata === '6');
    answered.resolve();
    await until('all to be committed', () => commits.at(-1)?.checkpoint.metadata === String(LOG_END));
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.equal(asked(), 2);
  });

  it('ends without the rest when it is taken away', async () => {
    const answered = Promise.withResolvers<void>();
    const { seen, send, asked, stop } = partition({ stopsAt: [6], asking: answered.promise });
    await send(0, LOG_END);
    await until('it to ask', () => asked() === 1);
    const stopped = stop();
    answered.resolve();
    await stopped;
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5]);
  });
});

describe('the lag of a partition', () => {
  it('is that of the group: what is in hand and what is not committed is not finished', async (t) => {
    const prepared = Promise.withResolvers<void>();
    let waits = false;
    const preparing = () => (waits ? prepared.promise : Promise.resolve());
    const { lag, read, send, holdCommits, underWay, stop } = partition({ preparing });
    t.after(stop);
    await until('it to be opened', async () => (await lag()) === LOG_END - NEXT);
    await read(0, NEXT + 1);
    await until('the commit', async () => (await lag()) === LOG_END - (NEXT + 1));
    waits = true;
    await send(NEXT + 1, LOG_END);
    await until('it to wait', async () => (await lag()) === LOG_END - (NEXT + 1));
    const release = holdCommits();
    prepared.resolve();
    await until('a commit to be on its way', () => underWay() === 1);
    assert.equal(await lag(), LOG_END - (NEXT + 1));
    release();
    await until('all to be committed', async () => (await lag()) === 0);
    await stop();
    assert.equal(await lag(), undefined);
  });

  it('grows with the log while the partition waits for a server, and while it is opened again', async (t) => {
    const prepared = Promise.withResolvers<void>();
    const { lag, read, deliver, send, grow, commits, failNextCommit, openings, stop } = partition({
      answers: [BEFORE, BEFORE],
      preparing: () => prepared.promise,
    });
    t.after(stop);
    await send(0, NEXT);
    grow(1_000);
    await until('the growth', async () => (await lag()) === LOG_END + 1_000 - NEXT);
    prepared.resolve();
    await read(NEXT, NEXT + 1);
    await until('the commit', () => commits.length > 0);
    failNextCommit('lost');
    await deliver(NEXT + 1, NEXT + 2);
    await until('it to be opened again', () => openings() > 1);
    grow(1_000);
    await until('more growth', async () => (await lag()) === LOG_END + 2_000 - (NEXT + 1));
  });
});

describe('the time of a partition', () => {
  it('is that of the end of the log only while what was read last was fetched a short time ago', async (t) => {
    const { seen, workerCommits, read, send, stop } = partition();
    t.after(stop);
    await read(0, NEXT + 1);
    const time = () => [...workerCommits.open][0]?.time();
    assert.deepEqual(time(), { time: NEXT + 1, atEnd: true });
    await send(NEXT + 1, NEXT + 2, 60_000);
    await until('it to step', () => seen.length === NEXT + 2);
    assert.deepEqual(time(), { time: NEXT + 2, atEnd: false });
  });
});

describe('a partition that is opened again', () => {
  it('asks again while the group says less than it has committed itself', async (t) => {
    const after: Checkpoint = { offset: SAFE, metadata: String(NEXT + 1) };
    const { commits, restored, openings, read, deliver, failNextCommit, stop } = partition({
      answers: [BEFORE, BEFORE, after],
    });
    t.after(stop);
    await read(0, NEXT + 1);
    await until('the commit', () => commits.length > 0);
    failNextCommit('lost');
    await deliver(NEXT + 1, NEXT + 2);
    await until('it to be opened', () => openings() === 3);
    await until('the state to be restored', () => restored.length > 1);
    assert.deepEqual(restored, [BEFORE, after]);
  });
});

describe('a partition that comes back', () => {
  it('asks again while the group says less than it did when it was here before', async (t) => {
    const later: Checkpoint = { offset: SAFE + 1, metadata: String(NEXT) };
    const highest = { offset: 0 };
    const before = partition({ answers: [later], highest });
    await until('it to be restored', () => before.restored.length > 0);
    await before.stop();
    const back = partition({ answers: [{ ...later, offset: SAFE }, later], highest });
    t.after(back.stop);
    await until('it to be restored', () => back.restored.length > 0);
    assert.deepEqual([back.restored, back.openings()], [[later], 2]);
  });
});

describe('a partition whose log is not as it was committed', () => {
  const committed = (offset: number, next: number, topicId?: string): Checkpoint => ({
    ...{ offset, metadata: `{"v":1,"next":${next},"time":17}` },
    ...(topicId !== undefined && { topicId }),
  });
  const gaps = async (metrics: Registry) =>
    (await metrics.getSingleMetric('tactus_log_missing_records_total')?.get())?.values.map(
      ({ labels, value }) => [labels.topic, labels.cause, value],
    );

  it('begins anew in a topic that was created anew under it, whatever it had committed before', async (t) => {
    const highest = { offset: 90, topicId: 'before' };
    const log = { start: 0, end: 3, topicId: 'now' };
    // With a topic its committed offsets are deleted.
    const { restored, begun, stop } = partition({ answers: [null], highest, log });
    t.after(stop);
    await until('it to be read', () => begun.length > 0);
    assert.deepEqual([restored, begun], [[null], [[0, 'now']]]);
  });

  it('begins anew where an offset of the old topic was committed after that was deleted', async (t) => {
    const log = { start: 0, end: 100, topicId: 'now' };
    const { restored, begun, health, metrics, stop } = partition({
      ...{ answers: [committed(5, 9, 'before')], highest: { offset: 5, topicId: 'before' }, log },
    });
    t.after(stop);
    await until('it to be read', () => begun.length > 0);
    assert.deepEqual([restored, begun], [[null], [[0, 'now']]]);
    assert.match(health.notes[0] ?? '', /^x\.metrics\[0\]: the topic was deleted and created anew/);
    assert.deepEqual(await gaps(metrics), [['metrics', 'recreation', 0]]);
  });

  it('begins anew there too where only the process itself knows which topic its offset is of', async (t) => {
    const log = { start: 0, end: 100, topicId: 'now' };
    const own: Checkpoint = { offset: 5, metadata: '' };
    const highest = { offset: 5, topicId: 'before' };
    const { restored, begun, stop } = partition({ answers: [own], highest, log });
    t.after(stop);
    await until('it to be read', () => begun.length > 0);
    assert.deepEqual([restored, begun], [[null], [[0, 'now']]]);
    // Another's, since.
    const other = partition({
      answers: [{ ...own, offset: 7 }],
      highest: { ...highest, topicId: 'before' },
      log,
    });
    t.after(other.stop);
    await until('it to be read', () => other.begun.length > 0);
    assert.deepEqual(other.begun, [[7, 'now']]);
  });

  it('keeps what it knows where the same log has lost its tail, and takes all behind the end as new', async () => {
    const log = { start: 0, end: 6, topicId: 'a' };
    const { restored, begun, health, metrics, commits, stop } = partition({
      ...{ answers: [committed(7, 9, 'a')], highest: { offset: 7, topicId: 'a' }, log },
    });
    await until('it to be read', () => begun.length > 0);
    assert.deepEqual([restored, begun], [[committed(6, 6, 'a')], [[6, 'a']]]);
    assert.match(health.notes[0] ?? '', /the log ends at offset 6 and was read up to offset 9/);
    assert.deepEqual(await gaps(metrics), [['metrics', 'truncation', 3]]);
    // Before the log grows past what it has lost.
    await until('the commit', () => commits.length > 0);
    assert.equal(commits[0]?.checkpoint.topicId, 'a');
    await stop();
    assert.deepEqual(health.notes, []);
  });

  it('keeps what it knows where retention has passed its offset', async (t) => {
    const log = { start: 4, end: 20, topicId: 'a' };
    const { restored, begun, health, metrics, stop } = partition({
      ...{ answers: [committed(1, 9, 'a')], highest: { offset: 1, topicId: 'a' }, log },
    });
    t.after(stop);
    await until('it to be read', () => begun.length > 0);
    assert.deepEqual([restored, begun], [[committed(4, 9, 'a')], [[4, 'a']]]);
    assert.match(health.notes[0] ?? '', /3 records before offset 4 were deleted before they were read/);
    assert.deepEqual(await gaps(metrics), [['metrics', 'retention', 3]]);
  });

  it('commits what it has done and is opened again when the log breaks off under it', async (t) => {
    const log = { start: 0, end: LOG_END, topicId: 'a' };
    const { commits, openings, breakOff, read, stop } = partition({ log });
    t.after(stop);
    await read(0, NEXT + 1);
    breakOff();
    await until('it to be opened again', () => openings() === 2);
    assert.deepEqual(
      [commits.at(-1)?.checkpoint.metadata, commits.at(-1)?.checkpoint.topicId],
      [String(NEXT + 1), 'a'],
    );
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

  it('commits it again when it is aborted, then what came after, and restores nothing', async (t) => {
    const { commits, restored, failNextCommit, holdCommits, read, deliver, stop } = partition();
    t.after(stop);
    await read(0, NEXT + 1);
    await until('the commit', () => commits.length > 0);
    const before = commits.length;
    failNextCommit('aborted');
    const release = holdCommits();
    await read(NEXT + 1, NEXT + 2);
    await deliver(NEXT + 2, NEXT + 3);
    release();
    await until('both commits', () => commits.length === before + 2);
    const positions = commits.slice(before).map(({ checkpoint }) => checkpoint.metadata);
    assert.deepEqual(positions, [String(NEXT + 2), String(NEXT + 3)]);
    assert.deepEqual(restored, [BEFORE]);
  });

  it('commits nothing of it when it is taken away meanwhile and the commit is aborted', async () => {
    const { commits, failNextCommit, holdCommits, read, stop } = partition();
    await read(0, NEXT + 1);
    await until('the commit', () => commits.length > 0);
    const before = commits.length;
    failNextCommit('aborted');
    const release = holdCommits();
    await read(NEXT + 1, NEXT + 2);
    await stop();
    release();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(commits.length, before);
  });
});

describe('a partition whose records come while others have used up the room', () => {
  it('steps through them when there is room again', async (t) => {
    const { seen, workerCommits, holdCommits, turns, read, send, stop } = partition();
    t.after(stop);
    await read(0, NEXT + 1);
    const release = holdCommits();
    t.after(release);
    const turn = turns();
    await until('it to wait for records', () => turns() > turn);
    const pending = { bytes: 1e9, records: 1, since: null };
    const another = { topic: 'x.metrics', partition: 1, behind: false, pending } as unknown as OpenPartition;
    workerCommits.add(another);
    await send(NEXT + 1, NEXT + 2);
    const early = await until('it to step', () => seen.length > NEXT + 1, 300).catch(() => false);
    assert.equal(early, false);
    workerCommits.remove(another);
    await until('it to step', () => seen.length > NEXT + 1);
  });

  it('waits in the middle of a batch, too, where its stage takes few records at once', async (t) => {
    const answered = Promise.withResolvers<void>();
    const { seen, workerCommits, holdCommits, read, send, asked, stop } = partition({
      ...{ atOnce: 2, stopsAt: [NEXT + 2], asking: answered.promise },
    });
    t.after(stop);
    await read(0, NEXT + 1);
    const release = holdCommits();
    t.after(release);
    await send(NEXT + 1, NEXT + 5);
    await until('it to ask within the first two', () => asked() === 1);
    const pending = { bytes: 1e9, records: 1, since: null };
    const another = { topic: 'x.metrics', partition: 1, behind: false, pending } as unknown as OpenPartition;
    workerCommits.add(another);
    answered.resolve();
    await until('the first two', () => seen.length === NEXT + 3);
    const early = await until('it to step', () => seen.length > NEXT + 3, 300).catch(() => false);
    assert.equal(early, false);
    workerCommits.remove(another);
    await until('the others', () => seen.length === NEXT + 5);
  });
});

describe('a partition that fails while a commit is on its way', () => {
  it('asks what is committed once nothing of it can be committed any more', async (t) => {
    const { commits, meanwhile, health, holdCommits, failNextStep, read, send, stop } = partition();
    t.after(stop);
    await read(0, NEXT + 1);
    await until('the commit', () => commits.length > 0);
    const release = holdCommits();
    await read(NEXT + 1, NEXT + 2);
    failNextStep();
    await send(NEXT + 2, NEXT + 3);
    await until('the failure', () => health.reasons.some((reason) => reason.includes('registry')));
    // Longer than it backs off for the first time.
    const early = await until('it to be opened early', () => meanwhile.length > 1, 300).catch(() => false);
    assert.equal(early, false);
    release();
    await until('it to be opened again', () => meanwhile.length > 1);
    assert.deepEqual(meanwhile.slice(0, 2), [0, 0]);
  });
});

describe('a partition that is read in the order of arrival', () => {
  /** The other partition of the topic, which holds records of these times. */
  function another(...times: number[]) {
    const order = new ArrivalOrder();
    const buffer = new FetchBuffer('x.metrics', 1, 0, { onRoom: () => {}, maxAnswerAgeMs: 1_000 });
    for (const [baseOffset, timestamp] of times.entries()) {
      const records = [{ value: null, timestamp }];
      buffer.deliver(arrayBatch({ topic: 'x.metrics', records, baseOffset }), times.length, times.length);
    }
    order.add(buffer);
    const take = async () =>
      (await order.next(buffer, 0, new AbortController().signal))?.timestamp(0) ?? null;
    return { order, take };
  }

  it('is replayed at its own pace, and then waits for earlier records of the others, with ticks meanwhile', async (t) => {
    const { order, take } = another(0);
    const { seen, ticks, read, send, stop } = partition({ order });
    t.after(stop);
    await read(0, NEXT);
    await send(NEXT, NEXT + 1);
    const before = ticks();
    await until('ticks', () => ticks() > before + 1);
    assert.equal(seen.length, NEXT);
    assert.equal(await take(), 0);
    await until('its turn', () => seen.length === NEXT + 1);
  });

  it('is waited for by nobody when it is taken away', async () => {
    const { order, take } = another(0, 2 * ARRIVAL);
    const { turns, read, send, stop } = partition({ order });
    await read(0, NEXT);
    await send(NEXT, NEXT + 1);
    const turn = turns();
    await until('some turns', () => turns() > turn + 1);
    await stop();
    assert.deepEqual([await take(), await take()], [0, 2 * ARRIVAL]);
  });
});
