import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import { createRedis, type Redis } from '../../../../shared/adapters/redis/client.js';
import { RedisQuotas } from '../../../../shared/adapters/redis/quota-store.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { meterOf } from '../../../../shared/quotas/meter-of.js';
import type { SharedMeter } from '../../../../shared/quotas/quota-store.js';
import { QUOTA_ALGORITHMS } from '../../../../shared/tenancy/profile.js';
import { ownPrefix } from '../../../support/own-prefix.js';
import { sharedServers } from '../../../support/servers.js';
import { until } from '../../../support/until.js';

const NOON = 1_700_049_600_000;
const context = (env: Readonly<Record<string, string>>) => ({
  ...{ name: 'gateway', log: pino({ level: 'silent' }) },
  config: loadConfig(env),
});

describe('quotas in Redis', { timeout: 120_000 }, () => {
  const prefix = ownPrefix('quotas');
  const redis: Redis = createRedis(context({ ...sharedServers() }));
  let runs = 0;
  after(() => redis.disconnect());

  it('grant what the meters in memory grant', async () => {
    await until('Redis', () => redis.status === 'ready');
    const step = fc.record({
      after: fc.oneof(fc.integer({ min: -5, max: 60 }), fc.integer({ min: 0, max: 9_000 })),
      least: fc.oneof(fc.integer({ min: 0, max: 80 }), fc.integer({ min: -20, max: -1 })),
      more: fc.integer({ min: 0, max: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...QUOTA_ALGORITHMS),
        fc.constantFrom(
          { perSecond: 10, burstS: 5 },
          { perSecond: 40, burstS: 1 },
          { perSecond: 0, burstS: 1 },
        ),
        fc.array(step, { minLength: 1, maxLength: 40 }),
        async (algorithm, rate, steps) => {
          let now = NOON;
          let latest = now;
          let taken = 0;
          const store = new RedisQuotas(redis, { prefix, timeoutMs: 10_000, now: () => now });
          const meter = meterOf(algorithm, rate);
          const id = `acme|${runs++}`;
          for (const { after: passed, least, more } of steps) {
            // Redis knows of a time only when something was taken then, and in windows not exactly when.
            now += taken === 0 ? Math.max(0, passed) : passed;
            latest = Math.max(latest, now);
            const want = least < 0 ? least : least + more;
            const [granted] = await store.take([{ id, algorithm, rate, least, want }]);
            const available = meter.available(now);
            const waitMs = least > available || least > meter.capacity ? meter.waitMs(least, now) : 0;
            const amount = least > available ? 0 : Math.max(least, Math.min(want, available));
            meter.take(amount, now);
            taken = amount;
            const close = (a: number, b: number, by = 0) => a === b || Math.abs(a - b) < by + 1e-4;
            assert.ok(
              granted !== undefined &&
                close(granted.amount, amount) &&
                close(granted.remaining, meter.available(now)) &&
                close(granted.waitMs, waitMs, latest - now),
              JSON.stringify({ algorithm, granted, amount, waitMs, remaining: meter.available(now) }),
            );
            if (meter.available(now) < meter.capacity)
              assert.ok(close(granted.resetMs, meter.resetMs(now), latest - now));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('count what was taken before the burst was changed', async () => {
    for (const algorithm of QUOTA_ALGORITHMS)
      for (const [before, after] of [
        [1, 10],
        [10, 1],
      ] as const) {
        let now = NOON;
        const store = new RedisQuotas(redis, { prefix, timeoutMs: 10_000, now: () => now });
        const take = async (burstS: number, amount: number) => {
          const rate = { perSecond: 40, burstS };
          const asked = { id: `changed|${before}`, algorithm, rate, least: amount, want: amount };
          return (await store.take([asked]))[0];
        };
        await take(before, 30);
        const meter = meterOf(algorithm, { perSecond: 40, burstS: before });
        meter.take(30, now);
        meter.use({ perSecond: 40, burstS: after });
        const message = `${algorithm} ${before} ${after}`;
        assert.equal((await take(after, 0))?.remaining, meter.available(now), message);
        now += 11_000;
        assert.equal((await take(after, 0))?.remaining, meter.capacity, message);
        assert.equal((await take(after, 40))?.amount, 40, message);
        const left = await redis.pttl(`${prefix}quota:${algorithm}:changed|${before}`);
        assert.ok(left > 0 && left <= 13_000, `${message} ${left}`);
      }
  });

  it('count together over connections, by the time of Redis, and go when nothing counts any more', async () => {
    const other = createRedis(context({ ...sharedServers() }));
    await until('Redis', () => other.status === 'ready');
    const meter: SharedMeter = {
      ...{ id: 'together', algorithm: 'token-bucket', rate: { perSecond: 1_000, burstS: 0.5 } },
      ...{ least: 10, want: 10 },
    };
    const stores = [redis, other].map((client) => new RedisQuotas(client, { prefix, timeoutMs: 10_000 }));
    const began = performance.now();
    let sum = 0;
    const run = async (store: RedisQuotas) => {
      for (let i = 0; i < 200; i++) {
        const granted = await Promise.all(Array.from({ length: 5 }, () => store.take([meter])));
        sum += granted.reduce((all, [one]) => all + (one?.amount ?? 0), 0);
      }
    };
    await Promise.all(stores.map(run));
    const most = 500 + performance.now() - began + 2;
    assert.ok(sum >= 500 && sum <= most, `${sum} of ${most}`);
    const key = `${prefix}quota:token-bucket:together`;
    assert.equal(await redis.exists(key), 1);
    assert.ok((await redis.pttl(key)) <= 1_500);
    other.disconnect();
  });

  it('answer that Redis is away, in time, when it hangs', async () => {
    const sockets = new Set<Socket>();
    // Accepts, and answers what a connection begins with only.
    const silent: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', () => socket.write('$20\r\nredis_version:7.0.0\n\r\n'));
    });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const client = createRedis(context({ REDIS_URL: `redis://127.0.0.1:${port}` }));
    const store = new RedisQuotas(client, { prefix, timeoutMs: 30 });
    try {
      const began = performance.now();
      await assert.rejects(
        store.take([
          { id: 'x', algorithm: 'fixed-window', rate: { perSecond: 1, burstS: 1 }, least: 1, want: 1 },
        ]),
        { code: 'TACTUS_REDIS_UNAVAILABLE' },
      );
      assert.ok(performance.now() - began < 2_000);
    } finally {
      client.disconnect();
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });
});
