import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TimeNote } from '../../../../shared/wire/time-note.js';
import { brief, EPOCH, Harness, windowOf } from '../helpers.js';

const RATIO = `
rules:
  - name: Errors
    window: 10s
    metrics:
      errors: { metric: http.errors, default: 0 }
      requests: http.requests
    values: { error_rate: errors.sum / requests.sum }
    expr: error_rate > 0.05
`;
const on = { on: 'state.joins' } as const;
const GRACE = 5_000;
const requests = (n: number, sum = 100) => windowOf(n, 1, { metric: 'http.requests', sum });
const errors = (n: number, sum = 10) => windowOf(n, 1, { metric: 'http.errors', sum });

/** Alerting has passed on all windows up to the `n`th, by its partition of `windows`. */
function passed(upTo: Readonly<Record<number, number>>, lessMs = 0): TimeNote {
  const times = Object.entries(upTo).map(([partition, n]) => ({
    ...{ partition: Number(partition), time: EPOCH + (n + 1) * 10_000 + GRACE - lessMs, atEnd: true },
  }));
  return { stage: 'alerting', topic: 'windows', partitions: 2, times };
}

describe('joins of windows that carry their time', () => {
  it('wait for a partition that is behind, however long, and are complete when it has caught up', () => {
    const harness = new Harness(RATIO, on);
    harness.noted(passed({ 0: -1, 1: -1 }), requests(0), errors(0));
    for (let n = 1; n <= 60; n++) {
      harness.noted(passed({ 0: n }), requests(n));
      harness.tick(120_000);
    }
    assert.deepEqual(harness.seen.joins, ['complete']);
    for (let n = 1; n <= 60; n++) harness.noted(passed({ 1: n }), errors(n));
    assert.deepEqual(
      harness.seen.joins,
      Array.from({ length: 61 }, () => 'complete'),
    );
    assert.deepEqual(harness.alerts.map(brief), ['firing 1']);
  });

  it('are decided as soon as no window of their time can come any more', () => {
    const harness = new Harness(RATIO, on);
    harness.noted(passed({ 0: 0, 1: 0 }), requests(0), errors(0));
    harness.noted(passed({ 0: 1 }), requests(1));
    harness.noted(passed({ 1: 1 }, 1), requests(2));
    assert.deepEqual(harness.seen.joins, ['complete']);
    assert.deepEqual(harness.noted(passed({ 1: 1 }), requests(3)).map(brief), ['resolved 1 to 2']);
    assert.deepEqual(harness.seen.joins, ['complete', 'filled']);
  });

  it('count what comes later as late, and are forgotten in the end', () => {
    const harness = new Harness(RATIO, on);
    harness.noted(passed({ 0: 1, 1: 1 }), requests(1));
    assert.deepEqual(harness.seen.joins, ['filled']);
    harness.noted(passed({ 0: 2, 1: 2 }), errors(1));
    assert.deepEqual(harness.seen.joins, ['filled', 'late']);
    assert.equal(harness.changelog.size, 1);
    harness.noted(passed({ 0: 40, 1: 40 }), errors(40), requests(40));
    harness.tick(1_000);
    assert.deepEqual(
      [...harness.changelog.keys()].filter((key) => key.includes('j|')),
      [],
    );
  });

  it('give the same alerts whatever the order of partitions, and a restart anywhere', () => {
    const sums = fc.array(fc.option(fc.constantFrom(0, 3, 10)), { minLength: 1, maxLength: 12 });
    /** Which partition is read next, for so many windows. */
    const turns = fc.array(fc.tuple(fc.nat(1), fc.integer({ min: 1, max: 4 })), { maxLength: 20 });
    fc.assert(
      fc.property(sums, turns, fc.nat(), (values, order, cut) => {
        const lines = [values.map(() => 100), values];
        const make = [requests, errors];
        const steps: (() => [TimeNote, ...ReturnType<typeof errors>[]])[] = [];
        const at = [0, 0];
        for (const [which, many] of [...order, [0, 99] as const, [1, 99] as const])
          for (let i = 0; i < many && (at[which] as number) < values.length; i++) {
            const n = (at[which] as number)++;
            const sum = lines[which]?.[n] ?? null;
            // A partition without the window still says how far it is, with one of another metric.
            const window = sum === null ? windowOf(n, 1) : (make[which] as typeof errors)(n, sum);
            steps.push(() => [passed({ [which]: n }), window]);
          }
        const straight = new Harness(RATIO, on);
        for (const [n, sum] of values.entries()) {
          straight.noted(passed({ 0: n }), requests(n));
          straight.noted(passed({ 1: n }), sum === null ? windowOf(n, 1) : errors(n, sum));
        }
        let harness = new Harness(RATIO, on);
        const alerts: string[] = [];
        for (const [i, step] of steps.entries()) {
          if (i === cut % steps.length) harness = harness.resumed(RATIO);
          alerts.push(...harness.noted(...step()).map(brief));
        }
        assert.deepEqual(alerts, straight.alerts.map(brief));
      }),
    );
  });

  it('wait by the wall clock where nobody who wrote the windows knew their time', () => {
    const untimed = (atEnd: boolean): TimeNote => ({
      ...{ stage: 'alerting', topic: 'windows', partitions: 2 },
      times: [0, 1].map((partition) => ({ partition, time: null, atEnd })),
    });
    const harness = new Harness(RATIO, on);
    harness.noted(untimed(false), requests(1));
    harness.tick(60_000);
    assert.deepEqual(harness.seen.joins, [], 'there may be a time that is not known yet');
    harness.noted(untimed(true), requests(2));
    harness.tick(30_000);
    assert.deepEqual(harness.seen.joins, ['filled', 'filled']);
    assert.deepEqual(harness.resumed(RATIO).tick(30_000), []);
    harness.noted(passed({ 0: 3, 1: 3 }), requests(4));
    harness.tick(60_000);
    assert.deepEqual(harness.seen.joins, ['filled', 'filled'], 'time is known from now on');
  });
});
