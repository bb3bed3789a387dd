import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { messagesOf, PipelineFixture } from '../support/pipeline-fixture.js';
import { type Follower, type PlainClient, type PlainPoint, POINT_SCHEMA } from '../support/plain-client.js';
import { until } from '../support/until.js';
import type { WorkerProcess } from '../support/worker-process.js';

/** As long as an operator's restart of a database. */
const DATABASE_DOWN_MS = 30_000;

describe('workers while servers fail', { timeout: 300_000 }, () => {
  let fixture: PipelineFixture;
  let client: PlainClient;
  let ingest: WorkerProcess;
  let sink: WorkerProcess;
  let batch: WorkerProcess;
  let encode: (value: object) => Buffer;
  let database: pg.Pool;
  let sent = 0;

  const send = async (count: number) => {
    await client.produce('ingest.metrics', messagesOf(fixture.points(count), encode));
    sent += count;
  };
  const stored = async () => {
    const { rows } = await database.query(
      'SELECT count(*)::int AS count, count(DISTINCT id)::int AS ids FROM tactus.metric_points WHERE tenant_id = $1',
      [fixture.prefix],
    );
    assert.equal(rows[0].count, rows[0].ids, 'an id is stored twice');
    return rows[0].count as number;
  };
  /** Everything that was sent, once, in `metrics`, read by a reader that comes new. */
  const inMetrics = async () => {
    const follower: Follower<PlainPoint> = await client.follow('metrics');
    await follower.wait(sent);
    const ids = follower.values.map(({ id }) => id);
    await follower.close();
    assert.equal(new Set(ids).size, ids.length, 'an id came twice');
    assert.equal(ids.length, sent);
  };

  before(async () => {
    fixture = await PipelineFixture.start(['kafka', 'redis', 'database']);
    client = fixture.client();
    database = new pg.Pool({ connectionString: fixture.stack.env.DATABASE_URL, max: 1 });
    database.on('error', () => undefined); // The server is stopped on purpose.
  });

  after(async () => {
    await database.end();
    await fixture.stop();
  });

  it('wait for a registry that is not there yet, and say so', async () => {
    ingest = fixture.worker('ingest');
    const address = await ingest.address();
    const reasons = await until('a reason on /readyz', async () => {
      const response = await fetch(`${address}/readyz`);
      const body = (await response.json()) as { reasons: string[] };
      return response.status === 503 && body.reasons.some((reason) => reason.includes('schema registry'))
        ? body.reasons
        : null;
    });
    assert.ok(reasons.length > 0);
    assert.ok((await fetch(`${address}/healthz`)).ok, 'alive while it waits');
    await fixture.stack.servers.registry.start();
    await ingest.ready();
    encode = await client.encoder('ingest.metrics');
    sink = await fixture.worker('sink').ready();
    batch = await fixture.worker('batch', { TACTUS_REFRESH_INTERVAL_MS: '1000' }).ready();
    await send(500);
    await inMetrics();
  });

  it('go on without the registry for schemas that they know, and wait for it for new ones', async () => {
    const newer = await client.encoder('ingest.metrics', {
      ...POINT_SCHEMA,
      fields: [...POINT_SCHEMA.fields, { name: 'colour', type: 'string', default: 'none' }],
    });
    await fixture.stack.servers.registry.stop();
    await send(200);
    await inMetrics();
    const points = fixture.points(50).map((point) => ({ ...point, colour: 'red' }));
    await client.produce('ingest.metrics', messagesOf(points, newer));
    await until('ingest to wait for the registry', async () => !(await ingest.isReady()));
    await fixture.stack.servers.registry.start();
    sent += points.length;
    await inMetrics();
    await ingest.ready();
  });

  it('lose and repeat nothing when the broker is stopped and started again', async () => {
    await send(500);
    await fixture.stack.servers.kafka.stop();
    await until('ingest to notice', async () => !(await ingest.isReady()));
    await fixture.stack.servers.kafka.start();
    await send(500);
    await inMetrics();
    await until('all to be stored', async () => (await stored()) >= sent, 120_000);
    assert.equal(await stored(), sent);
    await Promise.all([ingest.ready(), sink.ready()]);
  });

  it('wait out a database that is stopped for 30 s, and store everything after', async () => {
    await fixture.stack.servers.database.stop();
    const stoppedAt = performance.now();
    await send(500);
    await until('the sink to notice', async () => !(await sink.isReady()));
    await inMetrics();
    await until('the 30 s to be over', () => performance.now() - stoppedAt >= DATABASE_DOWN_MS);
    await fixture.stack.servers.database.start();
    await until('all to be stored', async () => (await stored()) >= sent, 120_000);
    assert.equal(await stored(), sent);
    await Promise.all([sink.ready(), batch.ready()]);
  });

  it('stop in order, with exit code 0', async () => {
    assert.deepEqual(await Promise.all([ingest.stop(), sink.stop(), batch.stop()]), [0, 0, 0]);
  });
});
