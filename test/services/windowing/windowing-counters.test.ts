import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { LatePoint, MetricPoint, WindowAggregate } from '../../../schemas/types.js';
import { windowingStage } from '../../../services/windowing/windowing-stage.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import { pointOf, START } from '../../support/point.js';
import { followedWindow, increaseOver } from '../../support/recompute-increase.js';
import { recycling } from '../../support/recycling.js';
import { missedOf, plans, type Results, run, type Sent, sorted, stageCodecs } from './killed-run.js';

const IDLE_MS = 15_000;
const ALL = { metrics: '*', tenants: '*', groupBy: null };
const DEFINITIONS: readonly WindowDefinition[] = [
  { ...ALL, name: '10s', sizeMs: 10_000, advanceMs: 10_000, graceMs: 2_000 },
  { ...ALL, name: '20s', sizeMs: 20_000, advanceMs: 5_000, graceMs: 1_000 },
  { ...ALL, name: '6s', sizeMs: 6_000, advanceMs: 2_000, graceMs: 0, groupBy: [] },
  {
    ...ALL,
    name: 'zone',
    sizeMs: 12_000,
    advanceMs: 4_000,
    graceMs: 500,
    groupBy: ['zone'],
    quantiles: [0.5],
  },
  { ...ALL, kind: 'session', name: 'visit', gapMs: 3_000, maxMs: 8_000, graceMs: 1_000 },
  { ...ALL, kind: 'session', name: 'zones', gapMs: 4_000, maxMs: 20_000, graceMs: 0, groupBy: ['zone'] },
];

function stageOf(definitions = DEFINITIONS, skipped: string[] = [], maxSeries = 1_000) {
  return recycling(
    windowingStage({
      definitions: () => definitions,
      ...{ idleTimeoutMs: 3_000, watermarkHoldMs: 600_000, counterIdleMs: IDLE_MS, maxSeries },
      counterSkipped: (tenant, reason) => skipped.push(`${tenant} ${reason}`),
      ...stageCodecs,
    }),
  );
}

/** What each window has to say of its counters, by a plain recomputation; null without any. */
function expected(log: readonly Sent[], late: readonly LatePoint[], window: WindowAggregate): number | null {
  const definition = DEFINITIONS.find(({ name }) => name === window.window) as WindowDefinition;
  const missed = missedOf(late);
  const { groupBy } = definition;
  const ofGroup = log
    .map(({ point }) => point)
    .filter(
      ({ metric, tags }) =>
        metric === window.metric &&
        Object.entries(window.tags).every(([name, value]) => tags[name] === value) &&
        (groupBy !== null || Object.keys(tags).length === Object.keys(window.tags).length),
    );
  const counts = ({ id, timestamp }: MetricPoint): boolean => {
    if (timestamp >= window.end) return false;
    if (definition.kind === 'session') return !missed.has(`${id} ${definition.name}`);
    const start =
      timestamp >= window.start ? window.start : followedWindow(timestamp, window.start, definition.sizeMs);
    return !missed.has(`${id} ${definition.name} ${start}`);
  };
  const members = ofGroup.filter(counts);
  const inside = members.filter(({ timestamp }) => timestamp >= window.start);
  assert.equal(window.count, inside.length, 'the recomputation has other points');
  const counters = inside.filter(({ kind }) => kind === 'cumulative' || kind === 'delta');
  if (counters.length === 0) return null;
  const added = inside.filter(({ kind }) => kind === 'delta').reduce((sum, { value }) => sum + value, 0);
  const series = new Map<string, MetricPoint[]>();
  for (const point of members) {
    if (point.kind !== 'cumulative') continue;
    const key = JSON.stringify(Object.entries(point.tags).sort());
    series.set(key, [...(series.get(key) ?? []), point]);
  }
  return [...series.values()].reduce((sum, each) => sum + increaseOver(each, window.start, IDLE_MS), added);
}

/** A hundred resets of it add up to less than 2^53, so exactly. */
const BIG = 2 ** 45;
const KINDS = { m: 'cumulative', big: 'cumulative', d: 'delta', g: 'gauge' } as const;

const logs = fc
  .array(
    fc.record({
      pause: fc.constantFrom(0, 100, 300, 800, 1_600, 6_000, 25_000),
      back: fc.constantFrom(0, 0, 0, 300, 700, 1_500, 4_000, 9_000, 17_000),
      change: fc.constantFrom(0, 1, 2, 5, 9, -1_000, 30),
      began: fc.constantFrom(null, null, null, 0, 400, 3_000, 20_000),
      series: fc.constantFrom(
        ...['m a x', 'm a x', 'm b x', 'm a y', 'd a x', 'd b y', 'g a x', 'g b y'],
        // What is any kind from one point to the next, and what has many digits.
        ...['any a x', 'any b x', 'big a x'],
      ),
      any: fc.constantFrom('gauge', 'delta', 'cumulative'),
    }),
    { minLength: 1, maxLength: 120, size: 'max' },
  )
  .map((steps) => {
    const totals = new Map<string, number>();
    let time = 0;
    const sent = steps.map(({ pause, back, change, began, series, any }, i): Sent => {
      time += pause;
      const [metric, host, zone] = series.split(' ') as [string, string, string];
      const total = Math.max(0, (totals.get(series) ?? (metric === 'big' ? BIG : 20)) + change);
      totals.set(series, total);
      const kind = metric === 'any' ? any : KINDS[metric as keyof typeof KINDS];
      // What is taken back is a delta below zero.
      const value = kind === 'delta' ? change : total;
      const timestamp = START + time - back;
      const startTimestamp = began === null || kind === 'gauge' ? null : timestamp - began;
      const tags = i % 2 === 0 ? { host, zone } : { zone, host };
      const point = pointOf({ metric, tags, timestamp, value, kind, startTimestamp, id: `p${i}` });
      return { point, arrival: time, schema: kind === 'gauge' && i % 3 > 0 ? 0 : 1 };
    });
    // Closes the windows of all others.
    const last = pointOf({ metric: 'z', timestamp: START + time + 100_000 });
    return [...sent, { point: last, arrival: time + 100_000, schema: 1 as const }];
  });

describe('windowing stage with counters', () => {
  it('gives what a plain recomputation gives, with disorder, resets, starts, late points and both layouts', () => {
    const found = { increases: 0, late: 0, sessions: 0 };
    fc.assert(
      fc.property(logs, (log) => {
        const result = run(log, [], stageOf());
        found.late += result.late.length;
        for (const window of result.windows) {
          const wanted = expected(log, result.late, window);
          const about = JSON.stringify(window);
          assert.equal(window.increase, wanted, about);
          const seconds = (window.end - window.start) / 1_000;
          assert.equal(window.rate, wanted === null ? null : wanted / seconds, about);
          if (wanted !== null && wanted > 0) found.increases += 1;
          if (wanted !== null && window.window === 'zones') found.sessions += 1;
        }
      }),
      { numRuns: 100 },
    );
    for (const [what, times] of Object.entries(found)) assert.ok(times > 100, `${times} ${what}`);
  });

  it('goes on after kills at any checkpoint as if nothing had happened', () => {
    fc.assert(
      fc.property(logs, plans, (log, plan) => {
        assert.deepEqual(sorted(run(log, plan, stageOf())), sorted(run(log, [], stageOf())));
      }),
      { numRuns: 100 },
    );
  });

  const tumbling: WindowDefinition = { ...ALL, name: '10s', sizeMs: 10_000, advanceMs: 10_000, graceMs: 0 };
  const increases = (result: Results) =>
    result.windows.map(({ start, increase }) => [start - START, increase] as const);
  /** Cumulative points by their seconds, the last one a gauge that closes the windows. */
  const sent = (points: readonly (readonly [at: number, value: number, more?: Partial<MetricPoint>])[]) =>
    points.map(([at, value, more], i): Sent => {
      const kind = i === points.length - 1 ? 'gauge' : 'cumulative';
      const point = pointOf({ timestamp: START + at * 1_000, value, kind, id: `p${i}`, ...more });
      return { point, arrival: 1e9, schema: 1 };
    });

  it('adds up over windows that follow each other to what Prometheus counts between the first and the last point', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 20 })), {
      minLength: 2,
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (all) => {
        let at = 0;
        const points = all.map(([pause, value]) => {
          at += pause;
          return [at, value] as const;
        });
        const log = sent([...points, [at + 100, 0, { metric: 'z' }]]);
        const total = increases(run(log, [], stageOf([tumbling]))).reduce(
          (sum, [, one]) => sum + (one ?? 0),
          0,
        );
        // promql/functions.go, extrapolatedRate, before it extrapolates: the last value less the first, and what was there at each drop.
        const values = points.map(([, value]) => value);
        const drops = values.reduce((sum, value, i) => {
          const before = values[i - 1] ?? 0;
          return i > 0 && value < before ? sum + before : sum;
        }, 0);
        assert.equal(total, (values.at(-1) as number) - (values[0] as number) + drops);
      }),
      { numRuns: 50 },
    );
  });

  it('does not compare a point with one that is longer ago than a counter is remembered', () => {
    const log = sent([
      [1, 5],
      [16, 9],
      [32, 20],
      [40, 21],
      [90, 0, { metric: 'z' }],
    ]);
    const result = increases(run(log, [], stageOf([tumbling])));
    assert.deepEqual(result, [
      [0, 0],
      [10_000, 4],
      [30_000, 0],
      [40_000, 1],
    ]);
  });

  it('counts a first point from its start, if that is no longer ago, and anew from a start behind the point before', () => {
    const began = (s: number) => ({ startTimestamp: START + s * 1_000 });
    const log = sent([
      [1, 5, { metric: 'a', ...began(-14) }],
      [1, 5, { metric: 'b', ...began(-15) }],
      [2, 9, { metric: 'a', ...began(1.5) }],
      [3, 9, { metric: 'b', ...began(-15) }],
      [90, 0, { metric: 'z' }],
    ]);
    const found = run(log, [], stageOf([tumbling])).windows.map(({ metric, increase }) => [metric, increase]);
    assert.deepEqual(found.sort(), [
      ['a', 14],
      ['b', 4],
    ]);
  });

  it('follows as many counters as it may, and counts what the points of others do not add', () => {
    const skipped: string[] = [];
    const one = (metric: string, host: string) => ({ metric, tags: { host } });
    const log = sent([
      [1, 5, one('a', 'x')],
      [1, 5, one('a', 'y')],
      [1, 5, one('a', 'z')],
      [2, 9, one('a', 'x')],
      [2, 9, one('a', 'z')],
      [90, 0, one('z', 'x')],
    ]);
    const [found] = run(log, [], stageOf([{ ...tumbling, groupBy: [] }], skipped, 2)).windows;
    assert.deepEqual([found?.count, found?.increase], [5, 4]);
    assert.deepEqual(skipped, ['t series', 't series']);
  });
});
