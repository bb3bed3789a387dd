import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { Redis } from 'ioredis';
import { PipelineFixture } from '../support/pipeline-fixture.js';
import type { Follower, PlainLetter, PlainPoint } from '../support/plain-client.js';
import { pointOf } from '../support/point.js';
import { until } from '../support/until.js';
import type { WorkerProcess } from '../support/worker-process.js';

const PARTITIONS = 4;
const LIMIT = 2_000;

/** Three workers, of which one is killed, and a Redis that goes, and comes back without its data. */
describe('the limit of series over several ingest workers', { timeout: 280_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-series-'));
  const file = join(folder, 'tenants.yaml');
  const sent = new Map<string, number>();
  let fixture: PipelineFixture;
  let workers: WorkerProcess[] = [];
  let metrics: Follower<PlainPoint>;
  let letters: Follower<PlainLetter>;
  let encode: (value: object) => Buffer;
  let ids = 0;

  before(async () => {
    const profile = `maxSeries: ${LIMIT}`;
    writeFileSync(
      file,
      `tenants:\n${['flood', 'edge', 'away', 'back', 'quota'].map((id) => `  - { id: ${id}, ${id === 'quota' ? `quotas: { activeSeries: ${LIMIT} }` : profile} }\n`).join('')}`,
    );
    fixture = await PipelineFixture.start(['kafka', 'registry', 'redis']);
    const start = () =>
      fixture.worker('ingest', {
        ...{ TENANTS_FILE: file, TACTUS_SESSION_TIMEOUT_MS: '6000' },
        // The machine that tests run on may have much else to do.
        TACTUS_QUOTA_REDIS_TIMEOUT_MS: '3000',
      });
    // The first makes the topics.
    workers = [await start().ready()];
    workers.push(await start().ready(), await start().ready());
    const client = fixture.client();
    encode = await client.encoder('ingest.metrics');
    metrics = await client.follow<PlainPoint>('metrics');
    letters = await client.follow<PlainLetter>('dlq');
  });

  after(async () => {
    await Promise.all([metrics?.close(), letters?.close()]);
    await fixture?.stop();
    rmSync(folder, { recursive: true });
  });

  const together = async (these: readonly WorkerProcess[]) => {
    await until('workers to count together', async () => {
      const each = await Promise.all(these.map((one) => one.metric('tactus_series_counted_together')));
      return each.every((value) => value === 1);
    });
  };

  /** Sends a point of each series, by turns to these partitions. */
  const send = async (tenantId: string, from: number, to: number, partitions = [0, 1, 2, 3]) => {
    const hosts = Array.from({ length: to - from }, (_, i) => from + i);
    await sendHosts(tenantId, hosts, (host) => partitions[(host - from) % partitions.length] as number);
  };
  const sendHosts = async (
    tenantId: string,
    hosts: readonly number[],
    partitionOf: (host: number) => number,
  ) => {
    const now = Date.now();
    const messages = hosts.map((host) => {
      const point = pointOf({ tenantId, tags: { host: `h${host}` }, id: `p${ids++}`, timestamp: now });
      return { key: null, partition: partitionOf(host), value: encode(point) };
    });
    await fixture.client().produce('ingest.metrics', messages);
    sent.set(tenantId, (sent.get(tenantId) ?? 0) + messages.length);
  };
  const pointsOf = (tenantId: string) => metrics.values.filter((one) => one.tenantId === tenantId);
  const hostsOf = (tenantId: string) => new Set(pointsOf(tenantId).map(({ tags }) => tags.host));
  const refusedOf = (tenantId: string) =>
    letters.values.filter(({ message }) => message.startsWith(`tenant "${tenantId}" has ${LIMIT} series`))
      .length;
  const alone = async () => {
    const each = await Promise.all(workers.map((one) => one.metric('tactus_series_decided_alone_total')));
    return each.reduce((sum, count) => sum + count);
  };
  /** All that was sent is decided about. */
  const decided = (tenantId: string) =>
    until(
      `all points of ${tenantId}`,
      () => pointsOf(tenantId).length + refusedOf(tenantId) === sent.get(tenantId),
    );
  const within = (t: TestContext, tenantId: string, most = LIMIT * 1.01) => {
    const count = hostsOf(tenantId).size;
    t.diagnostic(`${tenantId}: ${count} series of ${sent.get(tenantId)} sent, the limit is ${LIMIT}`);
    assert.ok(count >= LIMIT && count <= most, `${tenantId} has ${count}`);
  };

  it('is kept by all together, and nothing is lost below it wherever series come in', async (t) => {
    await together(workers);
    await Promise.all([send('flood', 0, 6_000), send('edge', 0, LIMIT, [1]), send('quota', 0, 3_000, [2])]);
    for (const tenant of ['flood', 'edge', 'quota']) await decided(tenant);
    assert.equal(await alone(), 0, 'Redis has answered in time');
    within(t, 'flood');
    within(t, 'quota');
    assert.equal(refusedOf('edge'), 0);
  });

  it('is kept when one is killed, whose series go on with the others', async (t) => {
    const known = [...hostsOf('flood')].map((host) => Number(host?.slice(1)));
    const [killed, ...others] = workers as [WorkerProcess, WorkerProcess, WorkerProcess];
    killed.kill('SIGKILL');
    await killed.exited;
    await send('flood', 10_000, 13_000);
    await decided('flood');
    within(t, 'flood');
    const refused = refusedOf('flood');
    // Each goes to the partition that it came in before.
    await sendHosts(
      'flood',
      known.filter((host) => host < 10_000),
      (host) => host % PARTITIONS,
    );
    await decided('flood');
    assert.equal(refusedOf('flood'), refused, 'known series were refused');
    await together(others);
    workers = others;
  });

  it('is kept by parts while Redis is away, and by all when it is back without its data', async (t) => {
    const { redis } = fixture.stack.servers;
    await redis.kill('SIGKILL');
    await until('workers to be on their own', async () => {
      const each = await Promise.all(workers.map((one) => one.metric('tactus_series_counted_together')));
      return each.every((value) => value === 0);
    });
    await send('away', 0, 6_000);
    await decided('away');
    // Each rounds up.
    within(t, 'away', LIMIT + workers.length);
    for (const worker of workers) assert.ok((await worker.metric('tactus_series_decided_alone_total')) > 0);

    await redis.start();
    const client = new Redis(fixture.stack.env.REDIS_URL);
    await client.flushall();
    await until('all partitions to be counted anew', async () => {
      const counted = await client.zcard(`tactus:${fixture.prefix}series`);
      return counted === PARTITIONS;
    });
    client.disconnect();
    await together(workers);
    await send('back', 0, 3_000, [0, 1]);
    await send('back', 3_000, 6_000, [2, 3]);
    await decided('back');
    within(t, 'back');
    await send('flood', 20_000, 21_000);
    await decided('flood');
    within(t, 'flood');
  });
});
