import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { RedisAnswers } from '../../../../shared/adapters/redis/answer-store.js';
import { createRedis, type Redis } from '../../../../shared/adapters/redis/client.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { ownPrefix } from '../../../support/own-prefix.js';
import { sharedServers } from '../../../support/servers.js';
import { until } from '../../../support/until.js';

const KEPT_MS = 60_000;
const context = (env: Readonly<Record<string, string>>) => ({
  ...{ name: 'api', log: pino({ level: 'silent' }) },
  config: loadConfig(env),
});

describe('answers in Redis', { timeout: 60_000 }, () => {
  const prefix = ownPrefix('answers');
  const options = { prefix, timeoutMs: 10_000, mostKeptMs: 2 * KEPT_MS, most: 3 };
  const redis: Redis = createRedis(context({ ...sharedServers() }));
  const store = new RedisAnswers(redis, options);
  before(() => until('Redis', () => store.ready));
  after(() => redis.disconnect());

  const keys = async () => (await redis.keys(`${prefix}*`)).sort();

  it('are of their tenant, for their time', async () => {
    await store.put('own', 'k', 'an answer', KEPT_MS);
    assert.equal(await store.get('own', 'k'), 'an answer');
    assert.equal(await store.get('other', 'k'), null);
    const found = await keys();
    assert.doesNotMatch(found.join(), /own|other/);
    const left = await Promise.all(found.map((key) => redis.pttl(key)));
    assert.ok(left.length === 2 && left.every((ms) => ms > 0 && ms <= 2 * KEPT_MS));
    assert.ok(left.some((ms) => ms <= KEPT_MS));
  });

  it('are so many of a tenant, of which the oldest leave', async () => {
    await store.put('quiet', 'k', 'stays', KEPT_MS);
    for (let i = 0; i < 6; i++) await store.put('busy', `k${i}`, `${i}`, KEPT_MS);
    const left = await Promise.all(Array.from({ length: 6 }, (_, i) => store.get('busy', `k${i}`)));
    assert.deepEqual(left, [null, null, null, '3', '4', '5']);
    assert.equal(await store.get('quiet', 'k'), 'stays');
  });

  it('are waited for no longer than they may take where Redis hangs', async () => {
    const sockets = new Set<Socket>();
    let hangs = false;
    const { hostname, port } = new URL(sharedServers().REDIS_URL);
    // In front of Redis, until it passes nothing on any more.
    const front = createServer((socket) => {
      sockets.add(socket);
      const behind = connect(Number(port), hostname);
      sockets.add(behind);
      for (const [from, to] of [
        [socket, behind],
        [behind, socket],
      ] as const)
        from.on('data', (data) => !hangs && to.write(data)).on('error', () => {});
    });
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    const url = `redis://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const client = createRedis(context({ REDIS_URL: url }));
    const hanging = new RedisAnswers(client, { ...options, timeoutMs: 100 });
    try {
      await until('Redis', () => hanging.ready);
      await hanging.put('own', 'hung', 'an answer', KEPT_MS);
      hangs = true;
      const began = performance.now();
      await assert.rejects(hanging.get('own', 'hung'), { code: 'TACTUS_REDIS_UNAVAILABLE' });
      assert.ok(performance.now() - began < 2_000);
    } finally {
      client.disconnect();
      for (const socket of sockets) socket.destroy();
      front.close();
    }
  });
});
