import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import type { MetricPoint, WindowAggregate } from '../../../../schemas/types.js';
import { SinkTelemetry } from '../../../../services/sink/framework/telemetry.js';
import { type CacheLimits, SeriesCache } from '../../../../services/sink/redis/cache.js';
import { latestEntries, windowEntries } from '../../../../services/sink/redis/entries.js';
import { cacheHandler } from '../../../../services/sink/redis/handler.js';
import { createRedis, type Redis } from '../../../../shared/adapters/redis/client.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { Health } from '../../../../shared/process/health.js';
import { createLogger } from '../../../../shared/process/logger.js';
import { untilItWorks } from '../../../../shared/process/wait.js';
import { until } from '../../../support/until.js';
import { jsonBatch, jsonDecoder } from '../json-decoder.js';
import { closedWindow, NOON, point } from '../samples.js';
import { startRedis, type TestRedis } from './redis-server.js';

const LIMITS: CacheLimits = { ttlMs: 86_400_000, maxSeries: 1_000, maxWindows: 5 };

describe('the Redis sink', () => {
  let server: TestRedis;
  let redis: Redis;
  let cache: SeriesCache;
  const waiting = {
    what: 'Redis',
    signal: new AbortController().signal,
    log: createLogger('test', 'silent'),
    health: new Health(),
  };

  before(async () => {
    server = await startRedis();
    redis = connect();
    cache = new SeriesCache(redis, LIMITS);
    await untilItWorks(() => storePoints([point()]), waiting);
  });
  after(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(() => redis.flushall());

  function connect(): Redis {
    const config = loadConfig({ REDIS_URL: server.url });
    return createRedis({ config, log: createLogger('test', 'silent'), name: 'test' });
  }

  /** As they come when nothing is ahead of its time. */
  const inTime = <T>(values: readonly T[]) => values.map((value) => ({ value, arrival: NOON + 86_400_000 }));
  const storePoints = (points: MetricPoint[], to = cache) => to.storeLatest(latestEntries(inTime(points)));
  const storeWindows = (closed: WindowAggregate[]) => cache.storeWindows(windowEntries(inTime(closed)));

  async function latest(tenant = 'acme'): Promise<Record<string, number>> {
    const hash = await redis.hgetall(`tactus:latest:${tenant}`);
    return Object.fromEntries(Object.entries(hash).map(([key, json]) => [key, JSON.parse(json).value]));
  }

  async function windowStarts(): Promise<number[]> {
    const key = 'tactus:windows:acme|cpu|10s|[["core","1"],["host","a"]]';
    return (await redis.zrange(key, 0, '-1')).map((json) => JSON.parse(json).start);
  }

  it('publishes what is new to those who listen, and nothing that is read again', async (t) => {
    const listener = connect();
    t.after(() => listener.disconnect());
    const heard: [string, number][] = [];
    listener.on('message', (channel: string, json: string) => {
      const { value, sum } = JSON.parse(json) as { value?: number; sum?: number };
      heard.push([channel, value ?? sum ?? 0]);
    });
    await untilItWorks(async () => {
      if (listener.status !== 'ready') throw new TactusError('TACTUS_REDIS_UNAVAILABLE', 'not yet');
    }, waiting);
    await listener.subscribe('tactus:latest:acme', 'tactus:windows:acme');
    for (let twice = 0; twice < 2; twice++) {
      await storePoints([point({ value: 7 }), point({ value: 8, tenantId: 'other' })]);
      await storeWindows([closedWindow({ sum: 9 })]);
    }
    await storePoints([point({ value: 10, timestamp: NOON + 1 })]);
    const wanted = [
      ['tactus:latest:acme', 7],
      ['tactus:windows:acme', 9],
      ['tactus:latest:acme', 10],
    ];
    await until('what was published', () => heard.length >= wanted.length);
    assert.deepEqual(heard, wanted);
  });

  it('keeps the newest value of each series, whatever the order and the batches', async () => {
    const arrivals = fc.array(fc.record({ metric: fc.constantFrom('a', 'b'), timestamp: fc.nat(20) }), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(arrivals, fc.nat(30), async (all, cut) => {
        await redis.flushall();
        const points = all.map(({ metric, timestamp }, i) =>
          point({ metric, timestamp, tags: {}, value: i }),
        );
        await storePoints(points.slice(0, cut));
        await storePoints(points.slice(cut));
        const expected = new Map<string, MetricPoint>();
        for (const p of points)
          if (p.timestamp > (expected.get(p.metric)?.timestamp ?? -1)) expected.set(p.metric, p);
        const values = Object.fromEntries([...expected].map(([metric, p]) => [`${metric}|[]`, p.value]));
        assert.deepEqual(await latest(), values);
        // Reading the topic again from the start, as after lost offsets.
        assert.equal((await storePoints(points)).stored, 0);
        assert.deepEqual(await latest(), values);
      }),
      { numRuns: 40 },
    );
  });

  it('hides nothing behind a point that is ahead of its time, in one batch, in several, and read again', async () => {
    const ahead = 600_000;
    const arrived = (second: number, value: number, by = 0) => {
      const arrival = NOON + second * 1_000;
      return { arrival, value: point({ timestamp: arrival - 20 + by, value, tags: {} }) };
    };
    const seen: number[] = [];
    const store = async (...points: ReturnType<typeof arrived>[]) => {
      await cache.storeLatest(latestEntries(points));
      seen.push((await latest())['cpu|[]'] as number);
    };
    const log = [
      arrived(0, 1),
      arrived(1, 2, ahead),
      arrived(2, 3),
      arrived(3, 4, ahead),
      arrived(4, 5, ahead),
    ];
    for (const one of log) await store(one);
    assert.deepEqual(seen, [1, 2, 3, 4, 5]);
    await store(arrived(5, 6, ahead), arrived(6, 7), arrived(7, 8, -ahead));
    assert.equal(seen.at(-1), 7);
    await store(...log, arrived(5, 6, ahead), arrived(6, 7), arrived(7, 8, -ahead));
    assert.equal(seen.at(-1), 7);
    await redis.flushall();
    await store(...log, arrived(5, 6, ahead), arrived(6, 7), arrived(7, 8, -ahead));
    assert.equal(seen.at(-1), 7);
    const [payload] = await redis.hvals('tactus:latest:acme');
    assert.equal(JSON.parse(payload ?? '').timestamp, NOON + 6_000 - 20);
  });

  it('counts what it stored and what it left alone', async () => {
    assert.deepEqual(await storePoints([point({ value: 2 }), point({ tenantId: 'b' })]), {
      stored: 2,
      unchanged: 0,
    });
    assert.deepEqual(await storePoints([point({ timestamp: NOON - 1 })]), { stored: 0, unchanged: 1 });
  });

  it('lets stale series leave, and the stalest when there are too many', async () => {
    const small = new SeriesCache(redis, { ttlMs: 60_000, maxSeries: 3, maxWindows: 5 });
    const at = (metric: string, timestamp: number) => point({ metric, timestamp, tags: {} });
    await storePoints([at('old', NOON), at('edge', NOON + 1)], small);
    await storePoints([at('new', NOON + 60_001)], small);
    assert.deepEqual(Object.keys(await latest()).sort(), ['edge|[]', 'new|[]']);
    await storePoints([at('x', NOON + 60_002), at('y', NOON + 60_003)], small);
    assert.deepEqual(Object.keys(await latest()).sort(), ['new|[]', 'x|[]', 'y|[]']);
    assert.equal(await redis.zcard('tactus:latest-times:acme'), 3);
    assert.ok((await redis.pttl('tactus:latest:acme')) > 0);
  });

  it('keeps more series than one call of the script takes', async () => {
    const points = Array.from({ length: 900 }, (_, i) => point({ metric: `m${i}`, tags: {}, value: i }));
    await storePoints(points);
    const values = await latest();
    assert.equal(Object.keys(values).length, 900);
    assert.equal(values['m899|[]'], 899);
  });

  it('keeps the last windows of a series in the order of their start', async () => {
    const starts = [3, 1, 7, 5, 2, 6, 4].map((n) => NOON + n * 10_000);
    for (const start of starts) await storeWindows([closedWindow({ start })]);
    await storeWindows(starts.map((start) => closedWindow({ start })));
    assert.deepEqual(
      await windowStarts(),
      [3, 4, 5, 6, 7].map((n) => NOON + n * 10_000),
    );
  });

  it('lets the stalest series of a tenant leave when it has windows of too many, and those of no other tenant', async () => {
    const small = new SeriesCache(redis, { ...LIMITS, maxSeries: 3 });
    const store = async (tenantId: string, metric: string, emittedAt: number) =>
      await small.storeWindows(
        windowEntries(inTime([closedWindow({ tenantId, metric, emittedAt, tags: {} })])),
      );
    await store('bolt', 'old', NOON - 1);
    for (const [i, metric] of ['b', 'a', 'c', 'd'].entries()) await store('acme', metric, NOON + i);
    await store('acme', 'a', NOON + 9);
    await store('acme', 'e', NOON + 10);
    const kept = async (tenantId: string) => (await redis.keys(`tactus:windows:${tenantId}|*`)).sort();
    assert.deepEqual(
      await kept('acme'),
      ['a', 'd', 'e'].map((metric) => `tactus:windows:acme|${metric}|10s|[]`),
    );
    assert.deepEqual(await redis.zrange('tactus:window-series:acme', 0, '-1'), [
      ...['d', 'a', 'e'].map((metric) => `tactus:windows:acme|${metric}|10s|[]`),
    ]);
    assert.equal((await kept('bolt')).length, 1);
    assert.ok((await redis.pttl('tactus:window-series:acme')) > 0);
  });

  it('keeps fewer windows of a series whose tags are long', async () => {
    const tags = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`tag-${i}`, 'x'.repeat(250)]));
    const plenty = new SeriesCache(redis, { ...LIMITS, maxWindows: 60 });
    const closed = Array.from({ length: 20 }, (_, i) => closedWindow({ start: NOON + i * 10_000, tags }));
    const entries = windowEntries(inTime(closed));
    await plenty.storeWindows(entries);
    const [{ series, payload }] = entries as [(typeof entries)[number]];
    const starts = (await redis.zrange(`tactus:windows:${series}`, 0, '-1')).map(
      (json) => JSON.parse(json).start,
    );
    assert.equal(starts.length, Math.floor(65_536 / Buffer.byteLength(payload)));
    assert.equal(starts.at(-1), NOON + 190_000);
  });

  it('replaces a window by figures emitted later, and not by those emitted earlier', async () => {
    const corrected = closedWindow({ sum: 20, emittedAt: closedWindow().emittedAt + 1 });
    assert.deepEqual(await storeWindows([closedWindow()]), { stored: 1, unchanged: 0 });
    assert.deepEqual(await storeWindows([corrected]), { stored: 1, unchanged: 0 });
    assert.deepEqual(await storeWindows([closedWindow(), corrected]), { stored: 0, unchanged: 2 });
    const [json, ...others] = await redis.zrange(
      'tactus:windows:acme|cpu|10s|[["core","1"],["host","a"]]',
      0,
      '-1',
    );
    assert.deepEqual(JSON.parse(json ?? ''), corrected);
    assert.deepEqual(others, []);
  });

  it('skips and counts what cannot be decoded, because the other group refuses it', async () => {
    const metrics = new Registry();
    const decoder = jsonDecoder<MetricPoint>();
    const handler = cacheHandler('latest', decoder, new SinkTelemetry(metrics), (points) =>
      cache.storeLatest(latestEntries(points)),
    );
    const good = jsonBatch('metrics', [point(), point({ metric: 'mem' })]);
    const batch = { ...good, value: (i: number) => (i === 0 ? Buffer.from('?') : good.value(i)) };
    assert.deepEqual(await handler.handle(batch, waiting.signal), []);
    assert.equal(Object.keys(await latest()).length, 1);
    assert.match(await metrics.metrics(), /tactus_sink_records_skipped_total\{target="redis"\} 1/);
  });

  it('answers an outage at once with a retriable error, and goes on after a restart and without its scripts', async () => {
    await storePoints([point({ value: 1 })]);
    await server.server.stop();
    const outage = (error: unknown) =>
      error instanceof TactusError && error.code === 'TACTUS_REDIS_UNAVAILABLE';
    await assert.rejects(storePoints([point({ timestamp: NOON + 1, value: 2 })]), outage);
    const stored = untilItWorks(() => storePoints([point({ timestamp: NOON + 1, value: 2 })]), waiting);
    await server.server.start();
    await stored;
    assert.deepEqual(Object.values(await latest()), [2]);
    await redis.script('FLUSH');
    assert.deepEqual(await storeWindows([closedWindow()]), { stored: 1, unchanged: 0 });
  });
});
