import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { LatePoint, WindowAggregate } from '../../../schemas/types.js';
import { type WindowingOptions, windowingStage } from '../../../services/windowing/windowing-stage.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import type { OutputRecord } from '../../../shared/core/output-batch.js';
import type { Checkpoint } from '../../../shared/core/stage.js';
import { type ForgottenSource, NO_PROGRESS, type ProgressClaim } from '../../../shared/ports/progress.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import type { TimeNote } from '../../../shared/wire/time-note.js';
import { point } from '../../shared/windows/arrivals.js';
import { closingsSorted } from '../../support/closings.js';
import { notedBatch, type RecordSetOf } from '../../support/noted-batch.js';
import { START } from '../../support/point.js';

const codecs = staticCodecs();
const points = codecs.encoder('metrics');
const windows = codecs.decoder('windows');
const lates = codecs.decoder('late');

const WINDOW: WindowDefinition = {
  ...{ kind: 'tumbling', name: '10s', sizeMs: 10_000, advanceMs: 10_000, graceMs: 1_000 },
  ...{ metrics: '*', tenants: '*', groupBy: null },
} as WindowDefinition;
const SESSION: WindowDefinition = {
  ...{ kind: 'session', name: 'visit', gapMs: 3_000, maxMs: 60_000, graceMs: 1_000 },
  ...{ metrics: '*', tenants: '*', groupBy: null },
};
const HOLD = 60_000;
const NOW = START + 1e9;

function stageWith(change: Partial<WindowingOptions> = {}) {
  return windowingStage({
    definitions: () => [WINDOW],
    idleTimeoutMs: 5_000,
    watermarkHoldMs: HOLD,
    maxSeries: 1_000,
    decoder: codecs.decoder('metrics'),
    windows: codecs.encoder('windows'),
    late: codecs.encoder('late'),
    ...change,
  });
}

const stage = stageWith();
const saved = (checkpoint: Checkpoint | null = null) => ({
  ...{ topic: 'metrics', partition: 0, checkpoint, changelog: new Map<string, Buffer>() },
});

/** Milliseconds after START, by partition of `ingest.metrics`. */
type Times = Readonly<Record<number, number | null>>;

function noteOf(times: Times, partitions = 2, atEnd = false): TimeNote {
  const each = Object.entries(times).map(([partition, time]) => ({
    ...{ partition: Number(partition), time: time === null ? null : START + time, atEnd },
  }));
  return { stage: 'ingest', topic: 'ingest.metrics', partitions, times: each };
}

/** Points at these times, appended together at `append`. */
function setOf(at: readonly number[], note: RecordSetOf['note'], append: number, metric = 'm'): RecordSetOf {
  const records = at.map((each) => ({
    value: points.encode(point(each, 1, metric)),
    timestamp: START + append,
  }));
  return { records, note };
}

function decode(outputs: Iterable<OutputRecord>) {
  const all = [...outputs];
  const of = (topic: string) => all.filter((each) => each.topic === topic).map(({ value }) => value);
  return {
    windows: of('windows').map((value): WindowAggregate => windows.decode(value)),
    late: of('late').map((value): LatePoint => lates.decode(value)),
  };
}

const startsOf = (all: readonly WindowAggregate[]) => all.map(({ start, count }) => [start - START, count]);

describe('windowing stage on points with time notes', () => {
  it('closes a window when the slowest input partition has passed it, be it with the last record of a batch', () => {
    const state = stage.restore(saved());
    const first = notedBatch('metrics', [
      setOf([0, 30_000], noteOf({ 0: 30_000 }), 31_000),
      setOf([5_000, 9_000], noteOf({ 1: 10_999 }), 32_000),
    ]);
    assert.deepEqual(decode(stage.step(state, first, NOW).outputs), { windows: [], late: [] });
    const second = notedBatch('metrics', [setOf([9_999], noteOf({ 1: 11_000 }), 33_000)], { baseOffset: 4 });
    const { windows: closed, late } = decode(stage.step(state, second, NOW).outputs);
    assert.deepEqual([startsOf(closed), late], [[[0, 4]], []]);
    assert.equal(closed[0]?.watermark, START + 10_000);
  });

  it('does not count points as late that come from a partition which is far behind', () => {
    const state = stage.restore(saved());
    const sets = Array.from({ length: 30 }, (_, i) => [
      setOf([100_000 + i * 1_000], noteOf({ 0: 100_000 + i * 1_000 }), 200_000 + i),
      setOf([i * 1_000], noteOf({ 1: i * 1_000 }), 200_000 + i),
    ]);
    const { windows: closed, late } = decode(
      stage.step(state, notedBatch('metrics', sets.flat()), NOW).outputs,
    );
    assert.deepEqual(late, []);
    assert.deepEqual(startsOf(closed), [
      [0, 10],
      [10_000, 10],
    ]);
  });

  it('reports the time of its own that goes with its windows', () => {
    const state = stage.restore(saved());
    assert.deepEqual(stage.time?.(state), { time: null, atEnd: false });
    stage.step(state, notedBatch('metrics', []), NOW);
    assert.deepEqual(stage.time?.(state), { time: null, atEnd: true });
    stage.step(state, notedBatch('metrics', [setOf([0], noteOf({ 0: 10 }), 10)]), NOW);
    // There is a record, and of partition 1 nothing is known.
    assert.deepEqual(stage.time?.(state), { time: null, atEnd: false });
    const batch = notedBatch('metrics', [setOf([0], noteOf({ 1: 7 }), 10)], { baseOffset: 1, atEnd: false });
    stage.step(state, batch, NOW);
    assert.deepEqual(stage.time?.(state), { time: START + 7, atEnd: false });
  });

  it('gives a point that is late for a hold that as cause, and one that would have been late anyway its arrival', () => {
    for (const [definition, reached] of [
      [WINDOW, HOLD + 2_000],
      [SESSION, HOLD + 2_000],
    ] as const) {
      const held = stageWith({ definitions: () => [definition] });
      const state = held.restore(saved());
      const sets = [setOf([0, 20_000], noteOf({ 0: 20_000, 1: 20_000 }), 20_000)];
      for (let at = 21_000; at <= 20_000 + reached; at += 1_000)
        sets.push(setOf([at], noteOf({ 0: at }), at));
      // From partition 1, which comes back: one within its own grace, one that is late in any case.
      sets.push(setOf([21_500, 500], noteOf({ 1: 21_500 }), 20_000 + reached, 'n'));
      const { late } = decode(held.step(state, notedBatch('metrics', sets), NOW).outputs);
      assert.deepEqual(
        late.map((each) => [each.point.timestamp - START, each.cause]),
        [
          [21_500, 'hold'],
          [500, 'arrival'],
        ],
        definition.name,
      );
    }
  });

  it('goes on without an input partition that was forgotten', () => {
    const forgotten: ForgottenSource[] = [];
    const stage = stageWith({ progress: { ...NO_PROGRESS, forgotten: () => forgotten } });
    const state = stage.restore(saved());
    stage.step(state, notedBatch('metrics', [setOf([0, 5_000], noteOf({ 0: 5_000, 1: 1_000 }), 5_000)]), NOW);
    assert.equal(state.sources.time, START + 1_000);
    forgotten.push({ stage: 'ingest', topic: 'ingest.metrics', partition: 1, at: START + 6_000 });
    stage.step(state, notedBatch('metrics', [], { baseOffset: 1 }), NOW + 1);
    assert.equal(state.sources.time, START + 5_000);
  });

  it('moves an idle partition by what its input partitions claim, and not by the clock', () => {
    const claims: ProgressClaim[] = [];
    const claimed = stageWith({ progress: { ...NO_PROGRESS, claims: () => claims } });
    const state = claimed.restore(saved());
    claimed.step(
      state,
      notedBatch('metrics', [setOf([0, 5_000], noteOf({ 0: 5_000, 1: 5_000 }), 5_000)]),
      NOW,
    );
    const tick = (at: number) =>
      decode(
        claimed.step(state, { ...notedBatch('metrics', [], { baseOffset: 2 }), readAt: START + at }, NOW)
          .outputs,
      ).windows;
    assert.deepEqual(tick(20_000), []);
    claims.push({ ...noteOf({ 0: 11_000, 1: 10_999 }, 2, true), upTo: 2, changedAt: START + 11_000 });
    assert.deepEqual(tick(20_100), []);
    claims.push({ ...noteOf({ 1: 11_000 }, 2, true), upTo: 3, changedAt: START + 11_500 });
    assert.deepEqual(tick(20_200), [], 'not read up to what the claim covers');
    claims.push({ ...noteOf({ 1: 11_000 }, 2, true), upTo: 2, changedAt: START + 12_000 });
    assert.deepEqual(startsOf(tick(20_300)), [[0, 2]]);
    assert.deepEqual(claimed.time?.(state), { time: START + 11_000, atEnd: true });
    tick(22_000);
    // It waits for somebody: who reads its windows must not take it for idle.
    assert.deepEqual(claimed.time?.(state), { time: START + 11_000, atEnd: false });
  });

  it('measures from the append of the record that let a window close until it is emitted', () => {
    const delays: number[] = [];
    const measured = stageWith({ emitted: (delayMs) => delays.push(delayMs) });
    const both = (time: number) => noteOf({ 0: time, 1: time });
    const state = measured.restore(saved());
    // By a note in the middle of a batch, by one at its end, by a record without a note, and by the clock.
    const sets = [
      setOf([0], both(11_000), 30_000),
      setOf([10_000], 'marker', 30_400),
      setOf([20_000], both(21_000), 30_600),
    ];
    measured.step(state, notedBatch('metrics', sets), START + 31_000);
    assert.deepEqual(delays.splice(0), [1_000, 400]);
    const direct = measured.restore(saved());
    measured.step(direct, notedBatch('metrics', [setOf([0, 11_000], null, 30_000)]), START + 30_007);
    const tick = { ...notedBatch('metrics', [], { baseOffset: 2 }), readAt: START + 60_000 };
    measured.step(direct, tick, START + 60_009);
    assert.deepEqual(delays, [7, 9]);
  });

  it('moves an idle partition without notes to when the fetch was sent that found nothing more', () => {
    const state = stage.restore(saved());
    stage.step(state, notedBatch('metrics', [setOf([0], null, 0)]), START + 10_000);
    const tick = (readAt: number) =>
      stage.step(state, { ...notedBatch('metrics', [], { baseOffset: 1 }), readAt: START + readAt }, NOW);
    tick(14_999);
    assert.deepEqual(stage.time?.(state), { time: START, atEnd: true });
    tick(15_000);
    assert.deepEqual(stage.time?.(state), { time: START + 15_000, atEnd: true });
  });
});

describe('windowing stage on any log of notes', () => {
  const sets = fc.array(
    fc.record({
      gap: fc.integer({ min: 0, max: 8_000 }),
      offsets: fc.array(fc.integer({ min: -15_000, max: 3_000 }), { minLength: 1, maxLength: 3 }),
      kind: fc.constantFrom('note', 'note', 'note', 'marker', 'direct'),
      times: fc.dictionary(fc.constantFrom('0', '1', '2'), fc.option(fc.integer({ min: -9_000, max: 0 }))),
      atEnd: fc.boolean(),
    }),
    { minLength: 1, maxLength: 60 },
  );
  type Step = typeof sets extends fc.Arbitrary<(infer S)[]> ? S : never;

  const logOf = (steps: readonly Step[]): RecordSetOf[] => {
    let now = 0;
    return steps.map(({ gap, offsets, kind, times, atEnd }) => {
      now += gap;
      const known = Object.fromEntries(
        Object.entries(times).map(([partition, time]) => [partition, time === null ? null : now + time]),
      );
      const note = kind === 'direct' ? null : kind === 'marker' ? 'marker' : noteOf(known, 3, atEnd);
      return setOf(
        offsets.map((each) => Math.max(0, now + each)),
        note,
        now,
      );
    });
  };

  /** Everything but the moment of emission. */
  const figures = (outputs: readonly OutputRecord[]) => {
    const { windows: closed, late } = decode(outputs);
    return { closed: closingsSorted(closed.map(({ emittedAt: _, ...rest }) => JSON.stringify(rest))), late };
  };
  const offsetOf = (log: readonly RecordSetOf[], end: number) =>
    log.slice(0, end).reduce((sum, { records }) => sum + records.length, 0);

  for (const definition of [WINDOW, SESSION]) {
    const any = stageWith({ definitions: () => [definition] });

    it(`gives the same ${definition.name} whatever the batch boundaries`, () => {
      fc.assert(
        fc.property(sets, fc.array(fc.nat()), (steps, cuts) => {
          const log = logOf(steps);
          const whole = any.step(any.restore(saved()), notedBatch('metrics', log), NOW).outputs;
          const state = any.restore(saved());
          const pieces: OutputRecord[] = [];
          const bounds = [0, ...cuts.map((cut) => cut % log.length).sort((a, b) => a - b), log.length];
          for (let i = 0; i + 1 < bounds.length; i++) {
            const [from, to] = [bounds[i] as number, bounds[i + 1] as number];
            const batch = notedBatch('metrics', log.slice(from, to), { baseOffset: offsetOf(log, from) });
            // Ticks at what is no fresh end: the clock does not come into it.
            pieces.push(...any.step(state, to > from ? batch : { ...batch, atEnd: false }, NOW).outputs);
          }
          assert.deepEqual(figures(pieces), figures([...whole]));
        }),
      );
    });

    it(`gives the same ${definition.name} after a restart behind any record set`, () => {
      fc.assert(
        fc.property(sets, fc.nat(), (steps, cut) => {
          // A checkpoint from before the first note does not know when the last record came without one.
          const log = logOf(steps.map((step, i) => (i === 0 ? { ...step, kind: 'note' } : step)));
          const at = 1 + (cut % log.length);
          const whole = any.step(any.restore(saved()), notedBatch('metrics', log), NOW).outputs;
          const before = any.restore(saved());
          const first = any.step(before, notedBatch('metrics', log.slice(0, at), { atEnd: false }), NOW);
          const checkpoint = any.checkpoint(before);
          const changelog = new Map<string, Buffer>();
          for (const { key, value } of first.changes)
            if (value === null) changelog.delete(key);
            else changelog.set(key, value);
          const from = log.findIndex((_, i) => offsetOf(log, i + 1) > checkpoint.offset);
          const after = any.restore({ ...saved(checkpoint), changelog });
          const rest = from < 0 ? [] : log.slice(from);
          const batch = notedBatch('metrics', rest, { baseOffset: offsetOf(log, from), atEnd: false });
          const second = any.step(after, batch, NOW).outputs;
          assert.deepEqual(figures([...first.outputs, ...second]), figures([...whole]));
        }),
      );
    });
  }
});
