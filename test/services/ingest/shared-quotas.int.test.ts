import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pace } from 'node:timers/promises';
import { Partitioners } from 'kafkajs';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient, type PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

const PER_SECOND = 200;
const SECONDS = 20;
/** By then the shares are those of what comes. */
const SETTLED = 8;
const TURNS = 4;

describe('two ingest workers that share quotas', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('shares');
  const client = new PlainClient(servers, prefix);
  const folder = mkdtempSync(join(tmpdir(), 'tactus-shares-'));
  const file = join(folder, 'tenants.yaml');
  const env = {
    ...{ TOPIC_PREFIX: prefix, TENANTS_FILE: file, TACTUS_PARTITIONS: '2' },
    TACTUS_QUOTA_REDIS_TIMEOUT_MS: '3000',
  };
  let workers: WorkerProcess[] = [];

  before(async () => {
    const quotas = `quotas: { pointsPerSecond: ${PER_SECOND}, burst: 2 }`;
    writeFileSync(
      file,
      `tenants:\n${['one', 'both'].map((id) => `  - { id: ${id}, ${quotas} }\n`).join('')}`,
    );
    const start = () => new WorkerProcess('ingest', { ...servers, ...env });
    workers = [await start().ready()];
    workers.push(await start().ready());
  });

  after(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    rmSync(folder, { recursive: true });
  });

  it('let a tenant send its whole quota to one of them, or to both in sum', async (t) => {
    const labels = { topic: 'ingest.metrics' };
    await until('each to have a partition', async () => {
      const lags = await Promise.all(workers.map((one) => one.series('tactus_consumer_lag_records', labels)));
      return lags.every(({ length }) => length === 1);
    });
    const encode = await client.encoder('ingest.metrics');
    const metrics = await client.follow<PlainPoint>('metrics');
    const producer = client.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const send = async (tenantId: string, partition: number, second: number, count: number) => {
      const messages = Array.from({ length: count }, () => {
        const point = pointOf({ tenantId, timestamp: Date.now(), tags: { second: String(second) } });
        return { key: null, partition, value: encode(point) };
      });
      await producer.send({ topic: `${prefix}ingest.metrics`, messages });
    };
    const began = performance.now();
    for (let turn = 0; turn < SECONDS * TURNS; turn++) {
      const second = Math.floor(turn / TURNS);
      const each = (5 * PER_SECOND) / TURNS;
      await Promise.all([
        send('one', 0, second, each),
        send('both', 0, second, each / 2),
        send('both', 1, second, each / 2),
      ]);
      await pace(Math.max(0, began + ((turn + 1) * 1_000) / TURNS - performance.now()));
    }
    const took = (performance.now() - began) / 1_000 / SECONDS;
    await send('end', 0, 0, 1);
    await send('end', 1, 0, 1);
    await until(
      'the last points',
      () => metrics.values.filter(({ tenantId }) => tenantId === 'end').length === 2,
    );
    for (const tenant of ['one', 'both']) {
      const taken = metrics.values.filter(
        ({ tenantId, tags }) => tenantId === tenant && Number(tags.second) >= SETTLED,
      ).length;
      const quota = PER_SECOND * (SECONDS - SETTLED) * took;
      t.diagnostic(`${tenant}: ${taken} points in ${(SECONDS - SETTLED) * took} s, the quota is ${quota}`);
      assert.ok(taken > quota * 0.85 && taken < quota * 1.15, `${tenant} ${taken} of ${quota}`);
    }
    await Promise.all([metrics.close(), producer.disconnect()]);
  });
});
