import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AnswerCache } from '../../../../services/api/cache/answer-cache.js';
import { type Reading, readSeries, readSeriesNames } from '../../../../services/api/cache/kept-reads.js';
import { findSeries, type SeriesSearch } from '../../../../services/api/queries/series/find-series.js';
import type { Plan } from '../../../../services/api/queries/series/plan.js';
import type { TenantReader } from '../../../../services/api/queries/tenant-database.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const NOW = 1_700_000_000_000;

interface Stored {
  readonly host: string;
  readonly t: number;
  readonly v: number;
}

/** A database with a value for each series and minute, and a cache in front of it. */
function database(points: Stored[]) {
  const kept = new Map<string, string>();
  const state = { now: NOW, changes: 1, read: [] as [number, number][] };
  const within = (values: readonly unknown[]) => {
    const [start, end] = values.filter((one) => one instanceof Date).map(Number) as [number, number];
    return { start, end, found: points.filter(({ t }) => t >= start && t < end) };
  };
  const rows = async (sql: string, values: readonly unknown[] = []) => {
    if (sql.includes('changes')) return [{ changes: String(state.changes) }];
    const { start, end, found } = within(values);
    state.read.push([start, end]);
    const all = [...Map.groupBy(found, ({ host }) => host)].map(([host, own]) => ({ tags: { host }, own }));
    if (!sql.includes('lastSeen'))
      return all.map(({ tags, own }) => ({
        ...{ tags, total: null },
        ...{ times: own.map(({ t }) => t), figures: own.map(({ v }) => v) },
      }));
    const hourOf = (time: number) => new Date(Math.floor(time / HOUR_MS) * HOUR_MS);
    return all.map(({ tags, own }) => ({ tags, lastSeen: hourOf(Math.max(...own.map(({ t }) => t))) }));
  };
  const clock = { now: () => state.now };
  const cache = new AnswerCache({
    ...{ clock, maxBytes: 1_000_000, keptMs: { hot: 1, warm: 1, cold: 1 } },
    store: {
      ready: true,
      get: async (_tenant, key) => kept.get(key) ?? null,
      put: async (_tenant, key, answer) => void kept.set(key, answer),
    },
    ...{ counted: () => {}, failed: () => {} },
  });
  const reader = { rows } as TenantReader;
  const reading: Reading = { reader, tenantId: 'own', cache, clock };
  return { state, reading, reader, points };
}

const searchOf = (plan: Omit<Plan, 'source'>, maxSeries = 10): SeriesSearch => ({
  ...{ plan: { source: '1m', ...plan }, metric: 'plays', tags: {}, exact: false, by: null },
  ...{ aggregation: 'avg', top: null, maxSeries },
});

const minuteOf = (ms: number) => Math.floor(ms / MINUTE_MS) * MINUTE_MS;
const point = fc.record({
  host: fc.constantFrom('a', 'b', 'c', 'd'),
  t: fc.integer({ min: 0, max: 600 }).map((minutes) => minuteOf(NOW) - minutes * MINUTE_MS),
  v: fc.integer({ min: 0, max: 9 }),
});
const points = fc.uniqueArray(point, { maxLength: 60, selector: ({ host, t }) => `${host} ${t}` });

describe('reads whose older part is kept', () => {
  it('give what a read of the whole range gives, however the time and what is stored move on', async () => {
    const ask = fc.record({
      later: fc.integer({ min: 0, max: 90 * MINUTE_MS }),
      minutes: fc.integer({ min: 1, max: 700 }),
      until: fc.integer({ min: 0, max: 300 }),
      added: fc.option(point, { nil: null }),
    });
    await fc.assert(
      fc.asyncProperty(points, fc.array(ask, { minLength: 1, maxLength: 8 }), async (stored, asks) => {
        const { state, reading, reader, points: all } = database(stored);
        for (const { later, minutes, until, added } of asks) {
          state.now += later;
          if (added !== null && !all.some(({ host, t }) => host === added.host && t === added.t)) {
            all.push(added);
            state.changes += 1;
          }
          const end = minuteOf(state.now) - until * MINUTE_MS;
          const plan = { stepMs: MINUTE_MS, start: end - minutes * MINUTE_MS, end };
          const search = searchOf(plan);
          assert.deepEqual(await readSeries(reading, search), await findSeries(reader, search));
          const names = { start: plan.start, end, metric: 'plays', tags: {}, maxSeries: 10 };
          const whole = {
            ...names,
            start: Math.floor(plan.start / HOUR_MS) * HOUR_MS,
            end: Math.ceil(end / HOUR_MS) * HOUR_MS,
          };
          const uncached = { ...reading, cache: null };
          assert.deepEqual(await readSeriesNames(reading, names), await readSeriesNames(uncached, whole));
        }
      }),
      { endOnFailure: true },
    );
  });

  it('keep whole steps of an earlier period, which begin between those of this one', async () => {
    const { state, reading } = database([{ host: 'a', t: NOW - 5 * HOUR_MS, v: 1 }]);
    const settled = Math.floor((NOW - 15 * MINUTE_MS) / HOUR_MS) * HOUR_MS;
    const [stepMs, origin] = [7 * MINUTE_MS, -90_000];
    const start = origin + Math.ceil((NOW - 10 * HOUR_MS) / stepMs) * stepMs;
    const end = start + 100 * stepMs;
    await readSeries(reading, searchOf({ stepMs, start, end, origin }));
    const [, at] = state.read.find(([, to]) => to < end) ?? [0, 0];
    assert.equal((at - origin) % stepMs, 0);
    assert.ok(at <= settled && at > settled - stepMs);
  });

  it('read only the end of a range anew that moves on', async () => {
    const { state, reading } = database([{ host: 'a', t: NOW - 5 * HOUR_MS, v: 1 }]);
    const start = minuteOf(NOW) - 24 * HOUR_MS;
    const settled = Math.floor((NOW - 15 * MINUTE_MS) / HOUR_MS) * HOUR_MS;
    for (const minutes of [0, 1]) {
      const moved = minutes * MINUTE_MS;
      await readSeries(
        reading,
        searchOf({ stepMs: MINUTE_MS, start: start + moved, end: minuteOf(NOW) + moved }),
      );
    }
    assert.deepEqual(state.read, [
      [settled, minuteOf(NOW)],
      [Math.floor(start / HOUR_MS) * HOUR_MS, settled],
      [settled, minuteOf(NOW) + MINUTE_MS],
    ]);
  });

  it('refuse more series than may be, and no fewer', async () => {
    const end = minuteOf(NOW);
    const start = end - 3 * HOUR_MS;
    const { reading } = database([
      // Of the hour that it begins in, and not of the range.
      { host: 'before', t: Math.floor(start / HOUR_MS) * HOUR_MS, v: 1 },
      ...['a', 'b'].map((host) => ({ host, t: start, v: 1 })),
      { host: 'c', t: end - MINUTE_MS, v: 1 },
    ]);
    const plan = { stepMs: MINUTE_MS, start, end };
    assert.equal((await readSeries(reading, searchOf(plan, 3))).length, 3);
    await assert.rejects(readSeries(reading, searchOf(plan, 2)), { code: 'TACTUS_QUERY_TOO_LARGE' });
  });
});
