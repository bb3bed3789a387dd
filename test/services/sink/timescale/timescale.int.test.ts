import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { SinkTelemetry } from '../../../../services/sink/framework/telemetry.js';
import { alertHandler, tableHandler, windowHandler } from '../../../../services/sink/timescale/handler.js';
import {
  alerts,
  anomalies,
  events,
  latePoints,
  metricPoints,
  notifications,
  type Table,
  windows,
} from '../../../../services/sink/timescale/tables.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { TactusError } from '../../../../shared/core/errors.js';
import type { Refusal } from '../../../../shared/core/stage.js';
import { poolTo, startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';
import { jsonBatch, jsonDecoder } from '../json-decoder.js';
import { alert, anomaly, closedWindow, event, latePoint, NOON, notified, point } from '../samples.js';

const NEVER = new AbortController().signal;

describe('the database sink', () => {
  let database: TestDatabase;
  let metrics: Registry;
  let telemetry: SinkTelemetry;

  before(async () => {
    database = await startDatabase();
    await migrate(database.pool);
  });
  after(() => database.stop());
  beforeEach(async () => {
    await database.pool.query(
      'TRUNCATE tactus.metric_points, tactus.late_points, tactus.windows, tactus.events, tactus.anomalies, tactus.alerts, tactus.alert_states, tactus.notifications, tactus.dirty_ranges',
    );
    metrics = new Registry();
    telemetry = new SinkTelemetry(metrics);
  });

  function store<T>(
    table: Table<T>,
    values: readonly T[],
    options: { maxBatchRows?: number; pool?: TestDatabase['pool'] } = {},
  ): Promise<readonly Refusal[]> {
    const { maxBatchRows = 1_000, pool = database.pool } = options;
    const handler = tableHandler<T>(pool, table, jsonDecoder<T>(), { maxBatchRows, telemetry });
    return handler.handle(jsonBatch(table.table, values), NEVER);
  }

  /** Every row with the transaction that wrote it last: equal snapshots mean that nothing was written. */
  async function snapshot(table: string): Promise<string[]> {
    const { rows } = await database.pool.query<{ row: string }>(
      `SELECT t.xmin::text || ' ' || t::text AS row FROM tactus.${table} AS t ORDER BY 1`,
    );
    return rows.map(({ row }) => row);
  }

  async function select<T>(sql: string): Promise<T[]> {
    return (await database.pool.query(sql)).rows as T[];
  }

  const cases: [Table<never>, readonly unknown[]][] = [
    [metricPoints as Table<never>, [point(), point({ id: 'p2', unit: null }), point({ tenantId: 'other' })]],
    [windows as Table<never>, [closedWindow(), closedWindow({ tags: {} }), closedWindow({ window: '1m' })]],
    [latePoints as Table<never>, [latePoint(), latePoint({ point: point({ id: 'p2' }), missed: [] })]],
    [events as Table<never>, [event(), event({ id: 'e2', subjectId: null, attributes: {} })]],
    [anomalies as Table<never>, [anomaly(), anomaly({ id: 'a2' })]],
    [alerts as Table<never>, [alert(), alert({ fingerprint: 'f2', endsAt: NOON + 90_000 })]],
    [notifications as Table<never>, [notified(), notified({ id: 'n2', error: null, reason: 'silenced' })]],
  ];
  for (const [table, values] of cases)
    it(`changes no row of ${table.table} when the topic is read again from the start`, async () => {
      assert.deepEqual(await store(table, values as never[]), []);
      const first = await snapshot(table.table);
      assert.equal(first.length, values.length);
      // Once more in other pieces, and with the records of two reads in one batch.
      await store(table, values as never[], { maxBatchRows: 1 });
      await store(table, [...values, ...values] as never[]);
      assert.deepEqual(await snapshot(table.table), first);
      const text = await metrics.metrics();
      assert.match(
        text,
        new RegExp(`tactus_rows_stored_total\\{table="${table.table}"\\} ${values.length}\n`),
      );
      assert.match(
        text,
        new RegExp(`tactus_rows_unchanged_total\\{table="${table.table}"\\} ${3 * values.length}\n`),
      );
    });

  it('stores what rules have recorded as points too, once', async () => {
    const recorded = closedWindow({ metric: 'cpu:spread', count: 1, mean: 7, recordedBy: 'Spread' });
    const handler = windowHandler(database.pool, jsonDecoder(), { maxBatchRows: 1_000, telemetry });
    const batch = jsonBatch('windows', [recorded, closedWindow(), closedWindow({ window: '1m' })]);
    for (let i = 0; i < 2; i++) assert.deepEqual(await handler.handle(batch, NEVER), []);
    assert.deepEqual(
      await select(
        'SELECT time, metric, tags, value, source, kind, series IS NOT NULL AS "isKept" FROM tactus.metric_points',
      ),
      [
        {
          ...{ time: new Date(recorded.end - 1), metric: 'cpu:spread', tags: recorded.tags, value: 7 },
          ...{ source: 'rule/Spread', kind: 'recorded', isKept: true },
        },
      ],
    );
    assert.equal((await select('SELECT FROM tactus.windows')).length, 3);
    assert.equal((await select('SELECT FROM tactus.dirty_ranges')).length, 1);
  });

  it('gives back what it was given', async () => {
    await store(metricPoints, [point({ value: 0.1 + 0.2, timestamp: NOON + 123 })]);
    await store(events, [event()]);
    const columns = 'time, tenant_id, metric, tags, value, id, unit, source';
    assert.deepEqual(await select(`SELECT ${columns} FROM tactus.metric_points`), [
      {
        time: new Date(NOON + 123),
        tenant_id: 'acme',
        metric: 'cpu',
        tags: { host: 'a', core: '1' },
        value: 0.1 + 0.2,
        id: 'p1',
        unit: 'percent',
        source: null,
      },
    ]);
    assert.deepEqual(await select('SELECT attributes FROM tactus.events'), [
      { attributes: event().attributes },
    ]);
  });

  it('keeps every millisecond as it was', async () => {
    const times = Array.from({ length: 2_000 }, (_, i) => NOON - 86_400_000 + i * 40_009 + (i % 7));
    await store(
      metricPoints,
      times.map((timestamp) => point({ timestamp, id: `${timestamp}` })),
    );
    const wrong = await select(
      `SELECT id, time FROM tactus.metric_points WHERE (extract(epoch FROM time) * 1000)::text::numeric <> id::numeric`,
    );
    assert.deepEqual(wrong, []);
  });

  it('takes the tags of a series for the same in whatever order they came', async () => {
    await store(windows, [
      closedWindow({ tags: { a: '1', b: '2' } }),
      closedWindow({ tags: { b: '2', a: '1' } }),
    ]);
    await store(windows, [closedWindow({ tags: { b: '2', a: '1' } })]);
    assert.deepEqual(await select('SELECT tags FROM tactus.windows'), [{ tags: { a: '1', b: '2' } }]);
  });

  it('stores windows whose tags are longer than an index entry', async () => {
    const tags = Object.fromEntries(
      Array.from({ length: 64 }, (_, i) => [`tag-${i}`, `${i}-${'v'.repeat(200)}`]),
    );
    assert.deepEqual(await store(windows, [closedWindow({ tags })]), []);
    assert.deepEqual(await select('SELECT tags FROM tactus.windows'), [{ tags }]);
  });

  it('replaces a window by figures emitted later, and not by those emitted earlier', async () => {
    const corrected = closedWindow({ sum: 20, mean: 2, emittedAt: closedWindow().emittedAt + 1 });
    await store(windows, [closedWindow()]);
    await store(windows, [corrected]);
    await store(windows, [closedWindow()]);
    assert.deepEqual(await select('SELECT sum, mean FROM tactus.windows'), [{ sum: 20, mean: 2 }]);
  });

  it('keeps the newest state of an alert, in one batch and across batches', async () => {
    const pending = alert({ state: 'pending', updatedAt: NOON });
    const firing = alert({ updatedAt: NOON + 1 });
    const resolved = alert({ state: 'resolved', updatedAt: NOON + 1, endsAt: NOON + 1 });
    await store(alerts, [pending, resolved, firing]);
    await store(alerts, [firing, pending]);
    assert.deepEqual(await select('SELECT state, ends_at FROM tactus.alerts'), [
      { state: 'resolved', ends_at: new Date(NOON + 1) },
    ]);
  });

  it('keeps when an alert came to be in each state first, beside its newest state', async () => {
    const changes = [
      alert({ state: 'pending', updatedAt: NOON }),
      alert(),
      alert({ updatedAt: NOON + 90_000 }),
    ];
    const handler = alertHandler(database.pool, jsonDecoder(), { maxBatchRows: 1_000, telemetry });
    const refused = alert({ fingerprint: 'a\0' });
    const refusals = await handler.handle(jsonBatch('alerts', [...changes, refused]), NEVER);
    assert.deepEqual(
      refusals.map(({ index, code }) => [index, code]),
      [[3, 'TACTUS_ROW_REFUSED']],
    );
    await handler.handle(jsonBatch('alerts', changes), NEVER);
    const states = [
      { state: 'pending', at: new Date(NOON) },
      { state: 'firing', at: new Date(NOON + 60_000) },
    ];
    assert.deepEqual(await select('SELECT state, at FROM tactus.alert_states ORDER BY at'), states);
    assert.deepEqual(await select('SELECT updated_at FROM tactus.alerts'), [
      { updated_at: new Date(NOON + 90_000) },
    ]);
  });

  it('keeps each time that an alert went up', async () => {
    await store(alerts, [alert({ state: 'resolved' }), alert({ startsAt: NOON + 3_600_000 })]);
    assert.deepEqual(await select('SELECT state FROM tactus.alerts ORDER BY starts_at'), [
      { state: 'resolved' },
      { state: 'firing' },
    ]);
  });

  it('refuses just the rows that the database does not take, with the column and the reason', async () => {
    const values = Array.from({ length: 100 }, (_, i) => point({ id: `p${i}` }));
    values[13] = point({ id: 'p13', metric: 'c\0pu' });
    values[14] = point({ id: 'p14', tags: { host: 'a\0' } });
    values[77] = point({ id: 'p77', timestamp: 9_300_000_000_000_000 });
    values[99] = point({ id: 'x'.repeat(300) + randomText(12_000) });
    const refusals = await store(metricPoints, values, { maxBatchRows: 60 });
    assert.deepEqual(
      refusals.map(({ index, code }) => [index, code]),
      [13, 14, 77, 99].map((index) => [index, 'TACTUS_ROW_REFUSED']),
    );
    assert.match(refusals[0]?.message ?? '', /metric_points\.metric: .*UTF8.*22021/);
    assert.match(refusals[1]?.message ?? '', /metric_points\.tags: .*22P05/);
    assert.match(refusals[2]?.message ?? '', /metric_points\.time: .*22008/);
    assert.match(refusals[3]?.message ?? '', /metric_points\.id: .*54000/);
    assert.deepEqual(await select('SELECT count(*)::int AS n FROM tactus.metric_points'), [{ n: 96 }]);
  });

  it('stores a good row whose key a bad row in the same batch has too', async () => {
    const refusals = await store(metricPoints, [point({ metric: '\0' }), point({ value: 7 })]);
    assert.deepEqual(
      refusals.map(({ index }) => index),
      [0],
    );
    assert.deepEqual(await select('SELECT value FROM tactus.metric_points'), [{ value: 7 }]);
  });

  it('refuses what cannot be decoded and stores the rest', async () => {
    const decoder = jsonDecoder<ReturnType<typeof point>>();
    const handler = tableHandler(database.pool, metricPoints, decoder, { maxBatchRows: 10, telemetry });
    const good = jsonBatch('metrics', [point({ id: 'p1' }), point({ id: 'p2' }), point({ id: 'p3' })]);
    const batch = { ...good, value: (i: number) => (i === 1 ? Buffer.from('{') : good.value(i)) };
    const refusals = await handler.handle(batch, NEVER);
    assert.deepEqual(
      refusals.map(({ index, code }) => [index, code]),
      [[1, 'TACTUS_RECORD_UNDECODABLE']],
    );
    assert.deepEqual(await select('SELECT id FROM tactus.metric_points ORDER BY id'), [
      { id: 'p1' },
      { id: 'p3' },
    ]);
  });

  it('marks the minutes of new points, and none when there are no new points', async () => {
    await store(metricPoints, [
      point({ id: 'p1', timestamp: NOON }),
      point({ id: 'p2', timestamp: NOON + 59_999 }),
      point({ id: 'p3', timestamp: NOON + 60_000 }),
    ]);
    const marks = await snapshot('dirty_ranges');
    assert.deepEqual(await select('SELECT bucket, start FROM tactus.dirty_ranges ORDER BY start'), [
      { bucket: '1m', start: new Date(NOON) },
      { bucket: '1m', start: new Date(NOON + 60_000) },
    ]);
    await store(metricPoints, [point({ id: 'p2', timestamp: NOON + 59_999 })]);
    assert.deepEqual(await snapshot('dirty_ranges'), marks);
  });

  it('waits for the schema when it is not there yet, and says what sets it up', async () => {
    await database.pool.query('ALTER TABLE tactus.alerts RENAME TO not_yet');
    await assert.rejects(store(alerts, [alert()]), (error) => {
      assert.ok(error instanceof TactusError && error.retriable);
      assert.match(error.message, /tactus db migrate/);
      return true;
    });
    await database.pool.query('ALTER TABLE tactus.not_yet RENAME TO alerts');
    assert.deepEqual(await store(alerts, [alert()]), []);
  });

  it('answers an outage with a retriable error, and stores the same batch after it', async (t) => {
    const pool = poolTo(database.url);
    t.after(() => pool.end());
    await store(events, [event()], { pool });
    await database.server.stop();
    await assert.rejects(
      store(events, [event({ id: 'e2' })], { pool }),
      (error) => error instanceof TactusError && error.code === 'TACTUS_DATABASE_UNAVAILABLE',
    );
    await database.server.start();
    assert.deepEqual(await store(events, [event({ id: 'e2' })], { pool }), []);
    assert.deepEqual(await select('SELECT id FROM tactus.events ORDER BY id'), [{ id: 'e1' }, { id: 'e2' }]);
  });
});

/** Text that does not compress: the database would take a long one that does. */
function randomText(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (state % 90));
  }).join('');
}
