import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { TactusError } from '../../../shared/core/errors.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { CommitResult, Cut } from '../../../shared/ports/log.js';
import { Health } from '../../../shared/process/health.js';
import { createLogger } from '../../../shared/process/logger.js';
import type { OpenPartition } from '../../../shared/runners/open-partition.js';
import { PendingCommit } from '../../../shared/runners/pending-commit.js';
import { PipelineTelemetry } from '../../../shared/runners/telemetry.js';
import { WorkerCommits } from '../../../shared/runners/worker-commits.js';
import { until } from '../../support/until.js';

const INTERVAL_MS = 10;
const FIRST = { memberId: 'm', generationId: 1 };
const SECOND = { memberId: 'm', generationId: 2 };
const COMMITTED: CommitResult = { outcome: 'committed', ends: new Map() };
const failed = (outcome: 'aborted' | 'generation' | 'refused' | 'lost'): CommitResult => ({
  outcome,
  error: new TactusError('TACTUS_KAFKA_UNAVAILABLE', outcome),
});
const nothing = arrayBatch({ topic: 'metrics', records: [] });

/** A partition whose position is the number of steps that it has taken. */
class FakePartition implements OpenPartition {
  readonly topic = 'x.metrics';
  readonly name = 'metrics';
  readonly changelog = undefined;
  behind = false;
  readonly settled = true;
  readonly committedPosition = { offset: 0, next: 0 };
  pending = this.#newPending();
  position = 0;
  committedTo: number | null = null;
  failure: TactusError | null = null;

  constructor(readonly partition: number) {}

  checkpoint = () => ({ offset: this.position, metadata: '' });
  time = () => ({ time: this.position, atEnd: true });

  step(now: number, bytes = 1): void {
    this.position += 1;
    const outputs =
      bytes === 0
        ? new OutputBatch()
        : OutputBatch.of([{ topic: 'late', key: null, value: Buffer.alloc(bytes) }]);
    this.pending.add({ state: null, outputs, refusals: [], changes: [] }, nothing, now);
  }

  cut(): PendingCommit {
    const { pending } = this;
    this.pending = this.#newPending();
    return pending;
  }

  committed({ offset }: { offset: number }): void {
    this.committedTo = offset;
  }

  fail(error: TactusError): void {
    this.failure = error;
  }

  #newPending(): PendingCommit {
    return new PendingCommit(staticCodecs().encoder('dlq'), { worker: 'w', topic: 'x.t', prefix: 'x.' });
  }
}

const all: WorkerCommits[] = [];

/** Commits into memory: each attempt is answered when the test says how. */
function setUp(count: number) {
  const attempts: { cut: Cut; answer: (result: CommitResult | Error) => void }[] = [];
  const noted: number[][] = [];
  const clock = { time: 1_000_000, now: () => clock.time };
  const commits = new WorkerCommits({
    context: { clock, health: new Health(), log: createLogger('test', 'silent'), fail: assert.fail },
    transactions: {
      commit: (cut) =>
        new Promise((resolve, reject) => {
          attempts.push({
            cut,
            answer: (result) => (result instanceof Error ? reject(result) : resolve(result)),
          });
        }),
    },
    intervalMs: INTERVAL_MS,
    telemetry: new PipelineTelemetry(new Registry()),
    notes: (times) => {
      noted.push([...times.keys()].map(({ partition }) => partition));
      return new Map();
    },
    committed: () => {},
  });
  all.push(commits);
  const partitions = Array.from({ length: count }, (_, i) => new FakePartition(i)) as [
    FakePartition,
    FakePartition,
    ...FakePartition[],
  ];
  for (const one of partitions) commits.add(one);
  commits.resume(FIRST);
  const stepOf = (i: number, bytes?: number) => {
    const partition = partitions[i] as FakePartition;
    partition.step(clock.time, bytes);
    commits.stepped(partition);
  };
  const step = (...which: number[]) => {
    for (const i of which) stepOf(i);
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  /** The attempt with this number, once it is made: time goes on meanwhile. */
  const attempt = async (index: number) => {
    const { cut, answer } = await until(`attempt ${index}`, async () => {
      clock.time += INTERVAL_MS;
      commits.touch();
      await turn();
      return attempts[index];
    });
    return {
      contents: cut.contents,
      partitions: cut.contents.map(({ partition }) => partition),
      offsets: cut.contents.map(({ checkpoint }) => checkpoint.offset),
      generation: cut.membership.generationId,
      answer,
    };
  };
  return { commits, partitions, attempts, noted, clock, step, stepOf, turn, attempt };
}

describe('the commits of a worker', () => {
  // Ends the timers, whose clock stands still.
  afterEach(() => {
    for (const commits of all.splice(0)) commits.withhold();
  });

  it('take all partitions into one transaction, and what comes meanwhile into the next', async () => {
    const { partitions, step, attempt } = setUp(2);
    step(0, 1);
    const first = await attempt(0);
    assert.deepEqual(
      [first.partitions, first.offsets],
      [
        [0, 1],
        [1, 1],
      ],
    );
    step(0, 0);
    first.answer(COMMITTED);
    const second = await attempt(1);
    assert.deepEqual([second.partitions, second.offsets], [[0], [3]]);
    assert.deepEqual([partitions[0].committedTo, partitions[1].committedTo], [1, 1]);
    second.answer(COMMITTED);
    await until('it to be committed', () => partitions[0].committedTo === 3);
  });

  it('send the same content again after an abort, and restore nothing', async () => {
    const { partitions, step, attempt } = setUp(2);
    step(0, 1);
    const first = await attempt(0);
    step(0);
    first.answer(failed('aborted'));
    const second = await attempt(1);
    assert.deepEqual(
      second.contents.map((one, i) => one === first.contents[i]),
      [true, true],
    );
    assert.equal(second.contents[0]?.outputs[0]?.length, 1, 'the outputs are still there');
    second.answer(new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'no answer'));
    const third = await attempt(2);
    assert.deepEqual(
      third.contents.map((one, i) => one === first.contents[i]),
      [true, true],
    );
    third.answer(COMMITTED);
    await until('it to be committed', () => partitions[0].committedTo === 1);
    assert.deepEqual(
      partitions.map(({ failure }) => failure),
      [null, null],
    );
  });

  it('send nothing again of a partition that is gone, nor its time', async () => {
    const { commits, partitions, noted, step, attempt } = setUp(3);
    step(0, 1);
    const first = await attempt(0);
    assert.deepEqual(noted, [[0, 1, 2]]);
    commits.remove(partitions[1]);
    first.answer(failed('aborted'));
    const second = await attempt(1);
    assert.deepEqual([second.partitions, noted[1]], [[0], [0, 2]]);
    second.answer(COMMITTED);
    await until('it to be committed', () => partitions[0].committedTo === 1);
    assert.equal(partitions[1].committedTo, null);
  });

  it('leave the time of a partition out while it has something pending that is not in the cut', async () => {
    const { noted, step, attempt } = setUp(2);
    step(0);
    const refused = await attempt(0);
    step(1);
    refused.answer(failed('refused'));
    const next = await attempt(1);
    assert.deepEqual([next.partitions, noted[1]], [[1], [1]]);
  });

  it('find what the broker refuses by committing each alone; the others go on', async () => {
    const { commits, partitions, step, attempt } = setUp(3);
    step(0, 1, 2);
    (await attempt(0)).answer(failed('refused'));
    for (const i of [0, 1, 2]) {
      const alone = await attempt(1 + i);
      assert.deepEqual(alone.partitions, [i]);
      alone.answer(i === 1 ? failed('refused') : COMMITTED);
    }
    await until('the one to fail', () => partitions[1].failure !== null);
    assert.match(partitions[1].failure?.message ?? '', /x\.metrics\[1\]: refused/);
    assert.deepEqual([partitions[0].committedTo, partitions[2]?.committedTo], [1, 1]);

    const again = new FakePartition(1);
    partitions[1] = again;
    commits.add(again);
    const seen: number[][] = [];
    for (let i = 4; !seen.some((one) => one.includes(1)); i++) {
      step(0, 1, 2);
      const one = await attempt(i);
      seen.push(one.partitions);
      one.answer(COMMITTED);
    }
    assert.deepEqual(seen.at(-1), [1], 'alone, until it has succeeded');
    await until('it to succeed', () => again.committedTo !== null);
    step(0, 1, 2);
    for (let i = 4 + seen.length; ; i++) {
      const one = await attempt(i);
      one.answer(COMMITTED);
      if (one.partitions.length === 3) break;
      step(0, 1, 2);
    }
  });

  it('put a dead letter in the place of a record that the broker does not take, and go on with the rest', async () => {
    const { partitions, step, attempt } = setUp(2);
    step(0, 1);
    const first = await attempt(0);
    const batch = first.contents[1]?.outputs[0] as OutputBatch;
    const records = [{ batch, index: 0, message: 'too large' }];
    first.answer({ ...failed('refused'), records } as CommitResult);
    const second = await attempt(1);
    assert.deepEqual(second.partitions, [0, 1], 'all at once');
    const topics = second.contents.map(({ outputs }) => outputs.flatMap((one) => one.topics));
    assert.deepEqual(topics, [['late'], ['dlq']]);
    second.answer(COMMITTED);
    await until('both to be committed', () => partitions.every(({ committedTo }) => committedTo === 1));
    assert.equal(partitions[1].failure, null);
  });

  it('wait for the next membership when one has ended, and then repeat what is left', async () => {
    const { commits, partitions, attempts, clock, step, turn, attempt } = setUp(2);
    step(0, 1);
    (await attempt(0)).answer(failed('generation'));
    for (let i = 0; i < 5; i++) {
      clock.time += 1_000;
      step(0);
      await turn();
    }
    assert.equal(attempts.length, 1);
    commits.remove(partitions[0]);
    commits.resume(SECOND);
    const second = await attempt(1);
    assert.deepEqual([second.partitions, second.generation], [[1], SECOND.generationId]);
  });

  it('are withheld while the group assigns partitions anew', async () => {
    const { commits, attempts, clock, step, turn, attempt } = setUp(2);
    commits.withhold();
    step(0, 1);
    clock.time += 10_000;
    step(0);
    await turn();
    await commits.flush(AbortSignal.timeout(60_000));
    assert.equal(attempts.length, 0);
    commits.resume(SECOND);
    assert.equal((await attempt(0)).generation, SECOND.generationId);
  });

  it('of what another owner has committed since are given up', async () => {
    const { partitions, step, attempt } = setUp(2);
    step(0);
    (await attempt(0)).answer(failed('lost'));
    await until('it to fail', () => partitions[0].failure !== null);
    step(1);
    assert.deepEqual((await attempt(1)).partitions, [1]);
  });

  it('are flushed before they are due', async () => {
    const { commits, attempts, step, turn } = setUp(2);
    step(0, 1);
    let done = false;
    const flushed = commits.flush(AbortSignal.timeout(60_000)).then(() => {
      done = true;
    });
    await until('the attempt', () => attempts.length === 1);
    await turn();
    assert.equal(done, false);
    attempts[0]?.answer(COMMITTED);
    await flushed;
  });

  it('are waited for no longer than is wanted when they hang', async () => {
    const { commits, partitions, step, attempt } = setUp(1);
    step(0);
    const hanging = await attempt(0);
    await commits.flush(AbortSignal.timeout(20));
    commits.withhold();
    commits.resume(SECOND);
    hanging.answer(failed('generation'));
    const again = await attempt(1);
    assert.deepEqual([again.offsets, again.generation], [[1], SECOND.generationId]);
    again.answer(COMMITTED);
    await until('it to be committed', () => partitions[0].committedTo === 1);
  });

  it('are not waited for while they wait for the membership themselves', async () => {
    const { commits, attempts, step, turn, attempt } = setUp(2);
    step(0);
    const first = await attempt(0);
    const never = new AbortController().signal;
    let flushed = false;
    const flush = commits.flush(never).then(() => {
      flushed = true;
    });
    commits.withhold();
    await turn();
    assert.equal(flushed, false, 'an attempt is on its way');
    first.answer(failed('generation'));
    await flush;
    await commits.flush(never);
    assert.equal(attempts.length, 1);
    commits.resume(SECOND);
    (await attempt(1)).answer(COMMITTED);
  });

  it('end the transaction of which no content is left', async () => {
    const { commits, partitions, step, attempt } = setUp(2);
    step(0);
    const first = await attempt(0);
    commits.remove(partitions[0]);
    first.answer(new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'no answer'));
    const second = await attempt(1);
    assert.deepEqual(second.partitions, []);
    second.answer(COMMITTED);
    step(1);
    assert.deepEqual((await attempt(2)).partitions, [1]);
  });

  it('are due an interval after the one before; a second later with nothing but offsets', async () => {
    const { commits, partitions, attempts, clock, step, stepOf, turn, attempt } = setUp(2);
    const attemptsAfter = async (ms: number) => {
      clock.time += ms;
      commits.touch();
      await turn();
      return attempts.length;
    };
    step(0);
    (await attempt(0)).answer(COMMITTED);
    await until('it to be committed', () => partitions[0].committedTo === 1);
    await turn();
    stepOf(1, 0);
    assert.equal(await attemptsAfter(999), 1);
    assert.equal(await attemptsAfter(1), 2);
    attempts[1]?.answer(COMMITTED);
    await until('it to be committed', () => partitions[1].committedTo === 1);
    await turn();
    stepOf(1);
    assert.equal(await attemptsAfter(INTERVAL_MS - 1), 2);
    clock.time -= 60_000;
    assert.equal(await attemptsAfter(0), 3, 'a clock that was set back');
  });

  it('leave out those whose outputs nobody takes, which step no further, and take them again when somebody does', async () => {
    const { commits, partitions, noted, step, attempt } = setUp(3);
    const away = (...inputs: number[]): CommitResult => ({
      ...{ outcome: 'leaderless', error: new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'nobody leads x[1]') },
      inputs: new Set(inputs.map((partition) => `x.metrics[${partition}]`)),
    });
    step(0, 1, 2);
    (await attempt(0)).answer(away(1));
    const others = await attempt(1);
    assert.deepEqual(others.partitions, [0, 2]);
    others.answer(COMMITTED);
    await until('the others to be committed', () => partitions[2]?.committedTo === 1);
    assert.deepEqual(
      [0, 1, 2].map((i) => commits.holds(partitions[i] as FakePartition)),
      [false, true, false],
    );
    let room = false;
    const wait = commits.room(partitions[1], AbortSignal.timeout(60_000)).then(() => {
      room = true;
    });
    // What it had made until then waits behind its content, and however much it is keeps nobody from going on.
    partitions[1].step(0, 50_000_000);
    commits.stepped(partitions[1]);
    step(0);
    const seen: number[][] = [];
    for (let i = 2; seen.length < 4; i++) {
      const one = await attempt(i);
      seen.push(one.partitions);
      one.answer(one.partitions.includes(1) ? away(1) : COMMITTED);
      step(0, 2);
    }
    assert.ok(seen.some((one) => one.includes(0) || one.includes(2)));
    assert.ok(
      seen.every((one) => !one.includes(1) || one.length === 1),
      JSON.stringify(seen),
    );
    assert.equal(room, false);
    // Its time would be ahead of what readers can see.
    assert.ok(noted.slice(1).every((times) => !times.includes(1)));
    for (let i = 2 + seen.length; partitions[1].committedTo === null; i++) {
      const one = await attempt(i);
      if (one.partitions.includes(1)) assert.deepEqual(one.offsets, [1], 'the same content');
      one.answer(COMMITTED);
      step(0);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await wait;
    assert.equal(commits.holds(partitions[1]), commits.full);
  });

  it('are given up for a partition that is gone while it waits', async () => {
    const { commits, partitions, attempts, clock, step, turn, attempt } = setUp(2);
    step(0);
    const error = new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'nobody leads x[1]');
    (await attempt(0)).answer({ outcome: 'leaderless', error, inputs: new Set(['x.metrics[0]']) });
    await until('it to wait', () => commits.holds(partitions[0]));
    commits.remove(partitions[0]);
    for (let i = 0; i < 5; i++) {
      clock.time += 1_000;
      commits.touch();
      await turn();
    }
    assert.equal(attempts.length, 1);
  });

  it('hold partitions up while much waits, and are then due at once', async () => {
    const { commits, partitions, attempts, step, stepOf, attempt } = setUp(2);
    step(0);
    const first = await attempt(0);
    stepOf(0, 5_000_000);
    stepOf(1, 5_000_000);
    let room = false;
    const wait = commits.room(partitions[0], AbortSignal.timeout(60_000)).then(() => {
      room = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(room, false);
    partitions[0].behind = true;
    assert.equal(attempts.length, 1);
    partitions[0].behind = false;
    first.answer(COMMITTED);
    await wait;
    await until('the next attempt', () => attempts.length === 2);
  });
});
