import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { ownPrefix } from '../support/own-prefix.js';
import { type Follower, PlainClient, type PlainPoint } from '../support/plain-client.js';
import { pointOf } from '../support/point.js';
import { differences, type Figures, type LateReport, recompute, windowKey } from '../support/recompute.js';
import { sharedServers } from '../support/servers.js';
import { until } from '../support/until.js';
import { WorkerProcess } from '../support/worker-process.js';

interface WindowRecord extends Figures {
  tenantId: string;
  metric: string;
  tags: Record<string, string>;
  window: string;
  start: number;
}

interface DeadLetterRecord {
  topic: string;
  partition: number;
  offset: number;
  value: Buffer | null;
  error: string;
  message: string;
  worker: string;
}

const POINTS = 20_000;
const SPAN_MS = 200_000;
/** Within the grace of 5 s. */
const DISORDER_MS = 4_000;
const METRICS = ['plays', 'skips', 'latency_ms', 'errors'];
const HOSTS = ['a', 'b', 'c'];

const servers = sharedServers();
const prefix = ownPrefix('e2e');
const client = new PlainClient(servers, prefix);
const tenants = ['acme', 'bolt', 'cara'].map((name) => `${prefix}${name}`);
const base = Math.floor(Date.now() / 60_000) * 60_000 - 1_200_000;
const database = new pg.Pool({ connectionString: servers.DATABASE_URL, max: 2 });
const env = { ...servers, TOPIC_PREFIX: prefix, TACTUS_REFRESH_INTERVAL_MS: '1000' };
let workers: WorkerProcess[] = [];

/** A small generator of its own, so that a failing run can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

function makePoints(): PlainPoint[] {
  const next = random(7);
  return Array.from({ length: POINTS }, (_, i) => {
    const at = base + Math.floor((i * SPAN_MS) / POINTS);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
    return pointOf({
      tenantId: pick(tenants),
      metric: pick(METRICS),
      tags: { host: pick(HOSTS), region: 'eu' },
      timestamp: Math.max(base, at - Math.floor(next() * DISORDER_MS)),
      value: Math.round(next() * 1e6) / 1e3,
      id: `p-${i}`,
    });
  });
}

const keyOf = ({ tenantId, metric }: PlainPoint) => `${tenantId}|${metric}`;

describe('the pipeline, end to end', { timeout: 300_000 }, () => {
  const valid = makePoints();
  const late = tenants.flatMap((tenantId) =>
    METRICS.map(
      (metric, i): PlainPoint => ({
        ...(valid[0] as PlainPoint),
        tenantId,
        metric,
        timestamp: base + 5_000 + i,
        id: `late-${metric}`,
      }),
    ),
  );
  const invalid: [string, (point: PlainPoint) => PlainPoint][] = [
    ['TACTUS_FIELD_EMPTY', (point) => ({ ...point, tenantId: '' })],
    ['TACTUS_VALUE_NOT_FINITE', (point) => ({ ...point, value: Number.NaN })],
    ['TACTUS_TIMESTAMP_OUT_OF_RANGE', (point) => ({ ...point, timestamp: Date.now() + 86_400_000 })],
  ];
  let metrics: Follower<PlainPoint>;
  let lates: Follower<LateReport>;
  let windows: Follower<WindowRecord>;
  let letters: Follower<DeadLetterRecord>;
  let encode: (value: object) => Buffer;

  before(async () => {
    workers = ['ingest', 'windowing', 'sink', 'batch'].map((name) => new WorkerProcess(name, env));
    await Promise.all(workers.map((worker) => worker.ready()));
    encode = await client.encoder('ingest.metrics');
    metrics = await client.follow('metrics');
    lates = await client.follow('late');
    windows = await client.follow('windows');
    letters = await client.follow('dlq');
  });

  after(async () => {
    await Promise.allSettled([metrics, lates, windows, letters].map((follower) => follower?.close()));
    await Promise.all(workers.map((worker) => worker.stop()));
    await database.end();
  });

  it('lets every valid point into metrics once and sends the invalid ones to dlq', async () => {
    const messages = valid.map((point) => ({ key: keyOf(point), value: encode(point) }));
    const duplicates = messages.filter((_, i) => i % 40 === 0);
    const broken = invalid.flatMap(([, spoil]) =>
      valid.slice(0, 20).map((point, i) => {
        const spoilt = spoil({ ...point, id: `bad-${i}` });
        return { key: keyOf(spoilt), value: encode(spoilt) };
      }),
    );
    await client.produce('ingest.metrics', [
      ...messages.slice(0, 10_000),
      ...broken,
      ...messages.slice(10_000),
      ...duplicates,
    ]);
    await metrics.wait(POINTS);
    await letters.wait(broken.length);

    const sent = new Map(messages.map(({ value }, i) => [(valid[i] as PlainPoint).id, value]));
    const ids = metrics.values.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, 'an id came twice');
    assert.equal(ids.length, POINTS);
    for (const { bytes, value, key } of metrics.records) {
      assert.ok(sent.get(value.id)?.equals(bytes), 'the bytes are not those that were sent');
      assert.equal(key, keyOf(value));
    }
    for (const [code] of invalid) {
      const found = letters.values.filter(({ error }) => error === code);
      assert.equal(found.length, 20, code);
      for (const { topic, worker, value, message } of found) {
        assert.equal(topic, `${prefix}ingest.metrics`);
        assert.equal(worker, 'ingest');
        assert.ok(broken.some((each) => each.value.equals(value as Buffer)));
        assert.match(message, /allowed/);
      }
    }
  });

  it('reports late points once, with the windows that they missed', async () => {
    await until('the last window of the main load', () =>
      windows.values.some(({ start }) => start >= base + SPAN_MS - 20_000),
    );
    await client.produce(
      'ingest.metrics',
      late.map((point) => ({ key: keyOf(point), value: encode(point) })),
    );
    await metrics.wait(POINTS + late.length);
    await lates.wait(late.length);
    assert.deepEqual(
      lates.values.map(({ point }) => `${point.tenantId}/${point.id}`).sort(),
      late.map((point) => `${point.tenantId}/${point.id}`).sort(),
    );
    for (const { missed } of lates.values) assert.equal(missed.length, 7, 'one of 10s and six of 1m');
  });

  it('emits every window once, with the figures of an independent recomputation', async () => {
    const wanted = recompute(
      metrics.values.filter(({ id }) => id !== ''),
      lates.values,
    );
    await windows.wait(wanted.size);
    const found = new Map<string, WindowRecord>();
    for (const { value, key } of windows.records) {
      const id = windowKey(value.tenantId, value.metric, value.tags, value.window, value.start);
      assert.ok(!found.has(id), `${id} came twice`);
      assert.equal(key, `${value.tenantId}|${value.metric}`);
      found.set(id, value);
    }
    assert.deepEqual([...found.keys()].sort(), [...wanted.keys()].sort());
    for (const [id, figures] of wanted)
      assert.deepEqual(differences(found.get(id) as WindowRecord, figures), [], id);
  });

  it('stores every valid point and window once', async () => {
    const count = async (table: string) => {
      const { rows } = await database.query(
        `SELECT count(*)::int AS count FROM tactus.${table} WHERE tenant_id = ANY($1)`,
        [tenants],
      );
      return rows[0].count as number;
    };
    await until(
      'all points to be stored',
      async () => (await count('metric_points')) >= POINTS + late.length,
    );
    await until('all windows to be stored', async () => (await count('windows')) >= windows.records.length);
    assert.equal(await count('metric_points'), POINTS + late.length);
    assert.equal(await count('windows'), windows.records.length);
    const { rows } = await database.query(
      'SELECT id, value, tags, metric, time FROM tactus.metric_points WHERE tenant_id = $1',
      [tenants[0]],
    );
    const stored = new Map(rows.map((row) => [row.id as string, row]));
    for (const point of metrics.values.filter(({ tenantId }) => tenantId === tenants[0])) {
      const row = stored.get(point.id);
      assert.deepEqual(
        [row.metric, row.value, row.tags, row.time.getTime()],
        [point.metric, point.value, point.tags, point.timestamp],
      );
    }
  });

  it('rolls up to exactly what SQL over the raw points gives, and publishes it', async () => {
    const raw = `SELECT time_bucket('1 minute', time) AS bucket, tenant_id, metric, tags, count(*)::int AS count,
        round(sum(value)::numeric, 6)::text AS sum, min(value) AS min, max(value) AS max
      FROM tactus.metric_points WHERE tenant_id = ANY($1) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, tags::text`;
    const rolled = `SELECT bucket, tenant_id, metric, tags, count::int AS count,
        round(sum::numeric, 6)::text AS sum, min, max
      FROM tactus.rollup_1m WHERE tenant_id = ANY($1) ORDER BY 1, 2, 3, tags::text`;
    const wanted = (await database.query(raw, [tenants])).rows;
    assert.ok(wanted.length > 0);
    const found = await until('rollup_1m to catch up', async () => {
      const { rows } = await database.query(rolled, [tenants]);
      const total = rows.reduce((sum: number, { count }) => sum + count, 0);
      return total === POINTS + late.length ? rows : null;
    });
    assert.deepEqual(found, wanted);
    const rollups = await client.follow<{
      bucket: string;
      count: number;
      start: number;
      tenantId: string;
      metric: string;
      tags: object;
    }>('rollups');
    const latest = await until('rollups of every minute', () => {
      const newest = new Map<string, number>();
      for (const value of rollups.values)
        if (value.bucket === '1m' && tenants.includes(value.tenantId))
          newest.set(JSON.stringify([value.tenantId, value.metric, value.tags, value.start]), value.count);
      const total = [...newest.values()].reduce((a, b) => a + b, 0);
      return total === POINTS + late.length ? newest : null;
    });
    assert.equal(latest.size, wanted.length);
    await rollups.close();
  });

  it('changes no row when the topics are read again from the start', async () => {
    const fingerprint = async () => {
      const { rows } = await database.query(
        `SELECT (SELECT md5(string_agg(p::text || p.xmin::text, ',' ORDER BY tenant_id, id)) FROM tactus.metric_points p WHERE tenant_id = ANY($1)) AS points,
          (SELECT md5(string_agg(w::text || w.xmin::text, ',' ORDER BY w::text)) FROM tactus.windows w WHERE tenant_id = ANY($1)) AS windows`,
        [tenants],
      );
      return rows[0];
    };
    const was = await fingerprint();
    const sink = workers.find(({ name }) => name === 'sink') as WorkerProcess;
    await sink.stop();
    const admin = client.kafka.admin();
    await admin.connect();
    const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
    const own = groups.filter((id) => id.startsWith(`${prefix}sink`));
    assert.ok(own.length > 0, `no sink group among ${groups.join(', ')}`);
    await until('the sink groups to be empty', async () => {
      const { groups: described } = await admin.describeGroups(own);
      return described.every(({ state }) => state === 'Empty');
    });
    await admin.deleteGroups(own);
    await admin.disconnect();
    const again = await new WorkerProcess('sink', env).ready();
    workers.push(again);
    const all = metrics.records.length + windows.records.length;
    await until(
      'everything to be read again',
      async () => (await again.metric('tactus_records_received_total', { group: 'sink-timescale' })) >= all,
    );
    await until('no lag', async () => (await again.metric('tactus_consumer_lag_records')) === 0);
    assert.deepEqual(await fingerprint(), was);
  });
});
