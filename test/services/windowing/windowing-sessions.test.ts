import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type WindowingState, windowingStage } from '../../../services/windowing/windowing-stage.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import type { OutputRecord } from '../../../shared/core/output-batch.js';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import type { Checkpoint, Stage } from '../../../shared/core/stage.js';
import type { SessionDefinition, WindowDefinition } from '../../../shared/windows/definition.js';
import { type Arrival, point } from '../../shared/windows/arrivals.js';
import { closingsSorted } from '../../support/closings.js';
import { NO_COUNTERS, START } from '../../support/point.js';
import { recycling } from '../../support/recycling.js';

const codecs = staticCodecs();
const points = codecs.encoder('metrics');
const decoder = codecs.decoder('metrics');
const windows = codecs.decoder('windows');
const lates = codecs.decoder('late');

const ALL = { metrics: '*', tenants: '*', groupBy: null };
const SESSION: SessionDefinition = {
  ...ALL,
  kind: 'session',
  name: 'visit',
  gapMs: 5_000,
  maxMs: 60_000,
  graceMs: 2_000,
};
const DEFINITIONS: readonly WindowDefinition[] = [
  SESSION,
  { ...ALL, name: '10s', sizeMs: 10_000, advanceMs: 10_000, graceMs: 2_000 },
  { ...ALL, name: '6s', sizeMs: 6_000, advanceMs: 2_000, graceMs: 0, groupBy: [] },
  { ...SESSION, name: 'short', gapMs: 1_500, maxMs: 4_000, graceMs: 0, quantiles: [0.5] },
  { ...SESSION, name: 'metric', gapMs: 3_000, maxMs: 20_000, groupBy: [], metrics: 'm' },
];

function stageOf(definitions: readonly WindowDefinition[], maxSeries = 1_000): Stage<WindowingState> {
  return recycling(
    windowingStage({
      definitions: () => definitions,
      idleTimeoutMs: 3_000,
      watermarkHoldMs: 600_000,
      maxSeries,
      decoder,
      windows: codecs.encoder('windows'),
      late: codecs.encoder('late'),
    }),
  );
}

function batchOf(log: readonly Arrival[], from: number, to: number): RecordBatch {
  const records = log
    .slice(from, to)
    .map(({ point: p, arrival }) => ({ value: points.encode(p), timestamp: START + arrival }));
  return arrayBatch({ topic: 'metrics', records, baseOffset: from });
}

/** A worker on one partition: what it has committed, and what a kill would lose. */
class Worker {
  #state: WindowingState;
  #checkpoint: Checkpoint | null = null;
  readonly changelog = new Map<string, Buffer>();
  readonly committed: string[] = [];
  #pending: string[] = [];
  #changes = new Map<string, Buffer | null>();
  #position = 0;

  constructor(
    private stage: Stage<WindowingState>,
    private readonly log: readonly Arrival[],
  ) {
    this.#state = this.#restore();
  }

  /** The first record that has not been processed. */
  get next(): number {
    return this.#state.next;
  }

  /** Steps up to `to`, with what has to be read again before. */
  read(to: number, now: number): void {
    if (to <= this.#position) return;
    this.#step(batchOf(this.log, this.#position, to), now);
    this.#position = to;
  }

  tick(now: number): void {
    this.#step(arrayBatch({ topic: 'metrics', records: [], baseOffset: this.#position }), now);
  }

  commit(): void {
    this.#checkpoint = this.stage.checkpoint(this.#state);
    for (const [key, value] of this.#changes)
      value === null ? this.changelog.delete(key) : this.changelog.set(key, value);
    this.committed.push(...this.#pending);
    this.#pending = [];
    this.#changes = new Map();
  }

  /** Another owner begins with what was committed; `pieces` says where the batches end that it reads again. */
  kill(pieces: readonly number[], now: number, stage = this.stage): void {
    this.stage = stage;
    this.#pending = [];
    this.#changes = new Map();
    this.#state = this.#restore();
    this.#position = this.#checkpoint?.offset ?? 0;
    for (const size of pieces) this.read(Math.min(this.#position + size, this.next), now);
  }

  /** What an operator does to have a topic read again: the offset comes without metadata. */
  reset(offset: number): void {
    this.#checkpoint = { offset, metadata: '' };
    this.kill([], 0);
  }

  /** Takes over what is not part of a checkpoint: since when the partition is idle. */
  isIdleLike(other: Worker): void {
    this.#state.lastRecordAt = other.#state.lastRecordAt;
  }

  #restore(): WindowingState {
    const { changelog } = this;
    return this.stage.restore({ topic: 'metrics', partition: 0, checkpoint: this.#checkpoint, changelog });
  }

  #step(batch: RecordBatch, now: number): void {
    const { outputs, refusals, changes } = this.stage.step(this.#state, batch, START + now);
    this.#pending.push(...Array.from(outputs, show));
    this.#pending.push(...refusals.map(({ index, message }) => `${batch.offset(index)}: ${message}`));
    for (const { key, value } of changes) this.#changes.set(key, value);
  }
}

function show({ topic, value }: OutputRecord): string {
  return `${topic} ${JSON.stringify(topic === 'late' ? lates.decode(value) : windows.decode(value))}`;
}

/** What a worker does between two commits, or between a commit and its end. */
const phases = fc.array(
  fc.record({
    steps: fc.array(
      fc.record({
        records: fc.integer({ min: 0, max: 8 }),
        pause: fc.constantFrom(0, 0, 100, 500, 3_000, 9_000),
      }),
      { maxLength: 5 },
    ),
    killed: fc.boolean(),
    pieces: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 14 },
);
const logs = fc.array(
  fc.record({
    pause: fc.constantFrom(0, 0, 300, 300, 800, 1_600, 6_000),
    back: fc.constantFrom(0, 0, 0, 700, 1_800, 4_000, 8_000, 30_000),
    ahead: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 5_000),
    value: fc.integer({ min: -5, max: 5 }),
    metric: fc.constantFrom('m', 'm', 'n'),
    host: fc.constantFrom('a', 'b', 'c'),
  }),
  { minLength: 1, maxLength: 150, size: 'max' },
);

describe('windowing stage with sessions', () => {
  it('goes on after kills as if nothing had happened, whatever the clock did meanwhile', () => {
    let found = { windows: 0, sessions: 0, late: 0, refused: 0 };
    fc.assert(
      fc.property(logs, phases, fc.constantFrom(2, 1_000), (all, plan, maxSeries) => {
        const stage = stageOf(DEFINITIONS, maxSeries);
        const log: Arrival[] = [];
        let time = 0;
        for (const { pause, back, ahead, value, metric, host } of all) {
          time += pause;
          log.push({ point: point(time - back + ahead, value, metric, { host }), arrival: time });
        }
        const [killed, calm] = [new Worker(stage, log), new Worker(stage, log)];
        let now = 0;
        const run = (workers: readonly Worker[], steps: (typeof plan)[number]['steps'], from: number) => {
          let next = from;
          for (const { records, pause } of steps) {
            next = Math.min(next + records, log.length);
            now = Math.max(now + pause, log[next - 1]?.arrival ?? 0);
            for (const worker of workers) {
              worker.read(next, now);
              if (records === 0 || pause > 0) worker.tick(now);
            }
          }
        };
        for (const phase of plan) {
          // Of what is killed before its commit nothing has happened.
          run(phase.killed ? [killed] : [killed, calm], phase.steps, calm.next);
          if (phase.killed) {
            killed.kill([...phase.pieces, log.length], now);
            calm.isIdleLike(killed);
          } else for (const worker of [killed, calm]) worker.commit();
        }
        run([killed, calm], [{ records: log.length, pause: 0 }], calm.next);
        run([killed, calm], Array(12).fill({ records: 0, pause: 10_000 }), calm.next);
        for (const worker of [killed, calm]) worker.commit();
        assert.deepEqual(closingsSorted(killed.committed), closingsSorted(calm.committed));
        assert.deepEqual([...killed.changelog], [...calm.changelog]);
        const count = (pattern: RegExp) => calm.committed.filter((each) => pattern.test(each)).length;
        found = {
          windows: found.windows + count(/"window":"(10s|6s)","start":\d+,"end"/),
          sessions: found.sessions + count(/"window":"(visit|short|metric)","start":\d+,"end"/),
          late: found.late + count(/^late/),
          refused: found.refused + count(/^\d+: /),
        };
      }),
      { numRuns: 250 },
    );
    for (const [what, times] of Object.entries(found)) assert.ok(times > 1_000, `${times} ${what}`);
  });

  it('emits sessions as windows, and reports what is too late for them', () => {
    const log = [0, 4_000, 30_000, 3_000, 26_000].map((at) => ({ point: point(at), arrival: 60_000 }));
    const worker = new Worker(stageOf([{ ...SESSION, quantiles: [1] }]), log);
    worker.read(log.length, 60_000);
    worker.tick(60_000);
    worker.tick(64_000);
    worker.commit();
    const [visit, late, second] = worker.committed.map((each) => JSON.parse(each.slice(each.indexOf(' '))));
    assert.deepEqual(visit, {
      ...{ tenantId: 't', metric: 'm', tags: {}, window: 'visit', start: START, end: START + 9_000 },
      ...{ count: 2, sum: 2, min: 1, max: 1, mean: 1, stddev: 0, first: 1, last: 1, quantiles: { '1': 1 } },
      ...{ watermark: START + 28_000, emittedAt: START + 60_000, ...NO_COUNTERS },
    });
    assert.deepEqual([late.missed, late.latenessMs], [[{ window: 'visit', start: START + 3_000 }], 25_000]);
    assert.deepEqual(
      [second.start - START, second.end - START, second.count],
      [26_000, 35_000, 2],
      'behind the watermark, but of a session that is open',
    );
    assert.equal(worker.committed.length, 3);
  });

  it('keeps the open sessions of a definition that does not change, and no trace of one that goes', () => {
    const other: SessionDefinition = { ...SESSION, name: 'other', gapMs: 8_000 };
    const both = stageOf([SESSION, other]);
    const changes: [next: number, stage: Stage<WindowingState>][] = [
      [20, stageOf([SESSION])],
      [40, both],
      [60, stageOf([{ ...other, graceMs: 1 }, SESSION])],
    ];
    // One series is there all the time, the other pauses twice: a new definition knows of the last visit only.
    const pausedAt = (i: number) => i * 500 + (i > 80 ? 60_000 : i > 50 ? 30_000 : 0);
    const log = Array.from({ length: 100 }, (_, i) => ({
      point: i % 2 === 0 ? point(i * 500, i, 'always') : point(pausedAt(i), i, 'paused'),
      arrival: i * 500,
    }));
    const worker = new Worker(both, log);
    const held = () => [...worker.changelog.keys()].length;
    const counts: number[] = [];
    for (const [next, stage] of changes) {
      worker.read(next, next * 500);
      worker.commit();
      counts.push(held());
      worker.kill([7, 100], next * 500, stage);
      worker.tick(next * 500);
      worker.commit();
      counts.push(held());
    }
    worker.read(100, 50_000);
    for (const now of [100_000, 200_000]) worker.tick(now);
    worker.commit();
    assert.deepEqual(counts, [4, 2, 2, 2, 4, 2], 'series of definitions in force');
    const sessions = worker.committed
      .filter((each) => each.startsWith('windows'))
      .map((each) => JSON.parse(each.slice('windows '.length)) as Record<string, number | string>)
      .map((each) => [each.window, each.metric, Number(each.start) - START, each.count].join(' '));
    assert.deepEqual(sessions.sort(), [
      'other paused 100500 10',
      'visit always 0 50',
      'visit paused 100500 10',
      'visit paused 500 25',
      'visit paused 55500 15',
    ]);
  });

  it('begins anew at an offset that somebody has set', () => {
    const log = [0, 20_000, 22_000].map((at) => ({ point: point(at), arrival: 60_000 }));
    const worker = new Worker(stageOf([SESSION]), log);
    worker.read(3, 60_000);
    worker.commit();
    assert.equal(worker.changelog.size, 1);
    worker.reset(0);
    worker.read(1, 60_000);
    worker.commit();
    assert.deepEqual(
      [...worker.changelog.values()].map((value) => JSON.parse(value.toString())),
      [{ since: 0 }],
    );
    worker.read(3, 60_000);
    worker.tick(100_000);
    worker.tick(110_000);
    worker.commit();
    const starts = worker.committed.map((each) => /^windows .*"start":(\d+).*"count":(\d)/.exec(each));
    assert.deepEqual(
      starts.map((each) => [Number(each?.[1]) - START, Number(each?.[2])]),
      [
        [0, 1],
        [0, 1],
        [20_000, 2],
      ],
    );
  });

  it('counts nothing of a session that may have begun before its definition was there', () => {
    const log = [0, 20_000, 23_000, 26_000, 40_000].map((at) => ({ point: point(at), arrival: 60_000 }));
    const worker = new Worker(stageOf([{ ...SESSION, name: 'first' }]), log);
    worker.read(2, 60_000);
    worker.commit();
    worker.kill([5], 60_000, stageOf([SESSION]));
    worker.read(5, 60_000);
    for (const now of [61_000, 70_000]) worker.tick(now);
    worker.commit();
    const starts = worker.committed.map((each) => /"window":"(\w+)","start":(\d+)/.exec(each) ?? []);
    assert.deepEqual(
      starts.map(([, window, start]) => [window, Number(start) - START]),
      [
        ['first', 0],
        ['visit', 40_000],
      ],
    );
  });
});
