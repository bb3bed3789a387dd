import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import { createRedis, type Redis } from '../../../../shared/adapters/redis/client.js';
import { RedisSeries } from '../../../../shared/adapters/redis/series-store.js';
import { loadConfig } from '../../../../shared/config/load.js';
import type { SeriesReport } from '../../../../shared/quotas/series-store.js';
import { MemorySeries } from '../../../support/memory-series.js';
import { ownPrefix } from '../../../support/own-prefix.js';
import { sharedServers } from '../../../support/servers.js';
import { until } from '../../../support/until.js';

const context = (env: Readonly<Record<string, string>>) => ({
  ...{ name: 'ingest', log: pino({ level: 'silent' }) },
  config: loadConfig(env),
});

describe('series in Redis', { timeout: 120_000 }, () => {
  const prefix = ownPrefix('series');
  const redis: Redis = createRedis(context({ ...sharedServers() }));
  const options = { prefix, timeoutMs: 10_000 };
  let runs = 0;
  after(() => redis.disconnect());

  const reportOf = (more: Partial<SeriesReport>): SeriesReport => ({
    ...{ partition: 0, token: 'a', begins: false, counts: [], need: 0, limit: 0 },
    ...more,
  });

  it('are counted as in memory', async () => {
    await until('Redis', () => redis.status === 'ready');
    const report = fc.record({
      partition: fc.nat(3),
      token: fc.constantFrom('one', 'other'),
      begins: fc.boolean(),
      counts: fc.uniqueArray(fc.tuple(fc.constantFrom('acme', 'ümlaut|', '0', ' '), fc.nat(20)), {
        selector: ([tenant]) => tenant,
        minLength: 0,
        maxLength: 3,
      }),
      need: fc.nat(30),
      limit: fc.nat(60),
    });
    const step = fc.oneof(
      { weight: 20, arbitrary: fc.array(report, { minLength: 1, maxLength: 4 }) },
      { weight: 1, arbitrary: fc.constant('lose' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(4), async (steps, expected) => {
        const own = `${prefix}${runs++}:`;
        const store = new RedisSeries(redis, { ...options, prefix: own });
        const memory = new MemorySeries();
        for (const reports of steps) {
          if (reports === 'lose') {
            memory.lose();
            const keys = await redis.keys(`${own}*`);
            if (keys.length > 0) await redis.del(...keys);
          } else
            assert.deepEqual(await store.report(reports, expected), await memory.report(reports, expected));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('of a thousand tenants are one answer', async () => {
    const store = new RedisSeries(redis, { ...options, prefix: `${prefix}many:` });
    const counts = Array.from({ length: 1_000 }, (_, i) => [`tenant-${i}`, i + 1] as const);
    const [answer] = await store.report([reportOf({ begins: true, counts })], 1);
    assert.deepEqual(
      answer?.totals,
      counts.map(([, count]) => count),
    );
  });

  it('are never granted beyond the limit to many who ask at once', async () => {
    const store = new RedisSeries(redis, { ...options, prefix: `${prefix}race:` });
    for (const partition of [0, 1, 2, 3]) await store.report([reportOf({ partition, begins: true })], 4);
    const held = [0, 0, 0, 0];
    const fill = async (partition: number) => {
      for (let i = 0; i < 200; i++) {
        const counts = [['acme', held[partition] as number]] as const;
        const [answer] = await store.report([reportOf({ partition, counts, need: 1, limit: 500 })], 4);
        held[partition] = (held[partition] as number) + (answer?.granted ?? 0);
      }
    };
    await Promise.all([0, 1, 2, 3].map(fill));
    assert.equal(
      held.reduce((sum, count) => sum + count),
      500,
    );
  });

  it('of a partition that nobody counts in are forgotten after a while', async () => {
    const store = new RedisSeries(redis, { ...options, prefix: `${prefix}old:`, keepMs: 50 });
    const counts = [['acme', 7]] as const;
    await store.report([reportOf({ begins: true, counts }), reportOf({ partition: 1, begins: true })], 2);
    await until('the partition to be forgotten', async () => {
      const begins = { partition: 1, token: 'b', begins: true, counts: [['acme', 1]] as const };
      const [answer] = await store.report([reportOf(begins)], 2);
      return answer?.partitions === 1 && answer.totals[0] === 1;
    });
    assert.equal((await store.report([reportOf({ counts })], 2))[0]?.outcome, 'lost');
  });

  it('fail where there is no connection', async () => {
    const client = createRedis(context({ REDIS_URL: 'redis://127.0.0.1:1' }));
    const store = new RedisSeries(client, { ...options, timeoutMs: 30 });
    assert.equal(store.ready, false);
    await assert.rejects(store.report([reportOf({})], 1), { code: 'TACTUS_REDIS_UNAVAILABLE' });
    client.disconnect();
  });
});
