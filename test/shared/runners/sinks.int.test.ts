import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { migrate } from '../../../shared/adapters/postgres/migrate.js';
import { createRedis } from '../../../shared/adapters/redis/client.js';
import { loadConfig } from '../../../shared/config/load.js';
import { createLogger } from '../../../shared/process/logger.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';
import { poolTo } from '../adapters/postgres/database.js';

const NOWHERE = '127.0.0.1:1';

describe('the sink worker', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('sinks');
  const client = new PlainClient(servers, prefix);
  const pool = poolTo(servers.DATABASE_URL);
  const redis = createRedis({
    config: loadConfig({ REDIS_URL: servers.REDIS_URL }),
    log: createLogger('test', 'silent'),
    name: 'test',
  });
  const workers: WorkerProcess[] = [];
  const start = (env: Record<string, string>, only: string) => {
    const worker = new WorkerProcess('sink', { ...servers, TOPIC_PREFIX: prefix, ...env }, ['--only', only]);
    workers.push(worker);
    return worker.ready();
  };

  after(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    redis.disconnect();
    await pool.end();
  });

  it('writes to one target alone where it is configured so, regardless of the others', async () => {
    await migrate(pool);
    await start({ REDIS_URL: `redis://${NOWHERE}` }, 'timescale');
    await start({ DATABASE_URL: `postgres://nobody@${NOWHERE}/none` }, 'redis');
    const encode = await client.encoder('metrics');
    const tenantId = prefix;
    const points = Array.from({ length: 500 }, (_, i) => {
      const at = { tenantId, timestamp: Date.now() - 500 + i };
      return pointOf({ ...at, metric: `m${i % 7}`, tags: { host: 'a' }, value: i, id: `p${i}` });
    });
    const messages = points.map((point) => ({ key: `${tenantId}|${point.metric}`, value: encode(point) }));
    await client.produce('metrics', messages);
    const rows = await until('all points in the database', async () => {
      const found = await pool.query<{ id: string }>(
        'SELECT id FROM tactus.metric_points WHERE tenant_id = $1',
        [tenantId],
      );
      return found.rows.length >= points.length ? found.rows : null;
    });
    assert.deepEqual(new Set(rows.map(({ id }) => id)), new Set(points.map(({ id }) => id)));
    assert.equal(rows.length, points.length);
    const newest = points.slice(-7).map(({ metric, value }) => [metric, value]);
    await until('the latest values in Redis', async () => {
      const latest = Object.values(await redis.hgetall(`tactus:latest:${tenantId}`)).map((json) => {
        const { metric, value } = JSON.parse(json) as { metric: string; value: number };
        return [metric, value];
      });
      return JSON.stringify(latest.sort()) === JSON.stringify(newest.sort());
    });
  });
});
