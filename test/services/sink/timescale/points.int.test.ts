import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import type { MetricPoint } from '../../../../schemas/types.js';
import { SinkTelemetry } from '../../../../services/sink/framework/telemetry.js';
import { pointHandler } from '../../../../services/sink/timescale/point-handler.js';
import { staticCodecs } from '../../../../shared/adapters/avro/static-codecs.js';
import { migrate } from '../../../../shared/adapters/postgres/migrate.js';
import { arrayBatch } from '../../../../shared/core/array-batch.js';
import type { RecordBatch } from '../../../../shared/core/record-batch.js';
import { KINDS } from '../../../../shared/wire/metric-point-reader.js';
import { startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';
import { NOON, point } from '../samples.js';

const NEVER = new AbortController().signal;
const codecs = staticCodecs();
const encoder = codecs.encoder('metrics');

describe('storing points', () => {
  let database: TestDatabase;
  let metrics: Registry;
  let telemetry: SinkTelemetry;
  let handler: ReturnType<typeof pointHandler>;

  before(async () => {
    database = await startDatabase();
    await migrate(database.pool);
  });
  after(() => database.stop());
  beforeEach(async () => {
    await database.pool.query('TRUNCATE tactus.metric_points, tactus.dirty_ranges');
    metrics = new Registry();
    telemetry = new SinkTelemetry(metrics);
    handler = withRows(1_000);
  });

  const withRows = (maxBatchRows: number) =>
    pointHandler(database.pool, codecs.decoder('metrics'), { maxBatchRows, telemetry });
  const batchOf = (points: readonly MetricPoint[]) =>
    arrayBatch({ topic: 'metrics', records: points.map((p) => ({ value: encoder.encode(p) })) });
  const store = (points: readonly MetricPoint[], by = handler) => by.handle(batchOf(points), NEVER);

  async function stored(): Promise<MetricPoint[]> {
    const { rows } = await database.pool.query(
      `SELECT tenant_id AS "tenantId", metric, tags, (extract(epoch FROM "time") * 1000)::float8 AS timestamp,
         value, id, unit, source, kind, (extract(epoch FROM start_timestamp) * 1000)::float8 AS "startTimestamp"
       FROM tactus.metric_points`,
    );
    return rows as MetricPoint[];
  }

  async function counted(name: string): Promise<number> {
    const line = new RegExp(`^tactus_${name}\\{table="metric_points"\\} (\\d+)$`, 'm');
    return Number(line.exec(await metrics.metrics())?.[1] ?? 0);
  }

  const names = fc
    .string({ minLength: 1, maxLength: 8, unit: 'grapheme' })
    .map((s) => s.replaceAll('\0', 'x'));
  const texts = fc.oneof(
    names,
    names.map((s) => s.repeat(30)),
  );
  const points = fc.uniqueArray(
    fc.record({
      tenantId: fc.constantFrom('acme', 'umbrella'),
      metric: texts,
      tags: fc.dictionary(names, texts, { maxKeys: 4, noNullPrototype: true }),
      timestamp: fc.integer({ min: NOON - 3e9, max: NOON + 1e7 }),
      value: fc.double({ min: -1e150, max: 1e150, noNaN: true }),
      id: fc.uuid(),
      unit: fc.option(texts),
      source: fc.option(texts),
      kind: fc.constantFrom(...KINDS),
      startTimestamp: fc.option(fc.integer({ min: 0, max: NOON })),
    }),
    { selector: ({ id }) => id, maxLength: 40 },
  );

  it('stores every field as it was sent, however the points are cut into statements', async () => {
    await fc.assert(
      fc.asyncProperty(points, fc.integer({ min: 1, max: 50 }), async (all, maxBatchRows) => {
        await database.pool.query('TRUNCATE tactus.metric_points');
        assert.deepEqual(await store(all, withRows(maxBatchRows)), []);
        const byId = (list: MetricPoint[]) => list.sort((a, b) => (a.id < b.id ? -1 : 1));
        const plain = all.map((p) => ({ ...p, tags: { ...p.tags } }));
        assert.deepEqual(byId(await stored()), byId(plain));
      }),
      { numRuns: 25 },
    );
  });

  it('changes nothing when a batch comes again, whatever was stored of it', async () => {
    const all = Array.from({ length: 500 }, (_, i) => point({ id: `p${i}`, timestamp: NOON + i * 500 }));
    await store(all.slice(0, 100));
    await store(all.slice(100, 200));
    assert.deepEqual(await store(all, withRows(60)), []);
    assert.deepEqual(await store(all), []);
    assert.deepEqual(await store([...all, ...all]), []);
    assert.equal((await stored()).length, 500);
    assert.equal(await counted('rows_stored_total'), 500);
    assert.equal(await counted('rows_unchanged_total'), 200 + 500 + 1_000);
  });

  it('keeps the first of two points with one id, also in one batch', async () => {
    await store([point({ id: 'other' })]);
    await store([point({ value: 1 }), point({ value: 2 })]);
    await store([point({ value: 3 })]);
    assert.deepEqual(
      (await stored()).filter(({ id }) => id === 'p1').map(({ value }) => value),
      [1],
    );
  });

  it('marks the minutes of new points, and none when there are no new points', async () => {
    const marks = async () =>
      (await database.pool.query('SELECT start, version FROM tactus.dirty_ranges ORDER BY start')).rows;
    await store([point({ id: 'a' })]);
    const batch = [point({ id: 'b', timestamp: NOON + 59_999 }), point({ id: 'c', timestamp: NOON - 1 })];
    await store(batch);
    const before = await marks();
    assert.deepEqual(
      before.map(({ start }) => start),
      [new Date(NOON - 60_000), new Date(NOON)],
    );
    await store(batch);
    assert.deepEqual(await marks(), before);
  });

  it('refuses what cannot be decoded or stored, and stores the rest', async () => {
    const good = Array.from({ length: 50 }, (_, i) => point({ id: `g${i}` }));
    const values: (Buffer | null)[] = good.map((p) => encoder.encode(p));
    values[7] = null;
    values[11] = Buffer.from('nonsense');
    values[13] = encoder.encode(point({ id: 'nul', metric: 'c\0pu' }));
    // Longer than an index entry can be.
    values[17] = encoder.encode(point({ id: randomBytes(3_500).toString('hex') }));
    const invalid = encoder.encode(point({ id: 'utf8' }));
    invalid[invalid.indexOf('utf8')] = 0xff;
    values[19] = invalid;
    values[23] = (values[23] as Buffer).subarray(0, -1);
    values[29] = encoder.encode(point({ id: 'large', value: -1.5e308 }));
    values[31] = encoder.encode(point({ id: 'nan', value: Number.NaN }));
    const batch: RecordBatch = arrayBatch({ topic: 'metrics', records: values.map((value) => ({ value })) });
    const refusals = await handler.handle(batch, NEVER);
    assert.deepEqual(
      refusals.map(({ index, code }) => [index, code]),
      [
        [7, 'TACTUS_RECORD_EMPTY'],
        [11, 'TACTUS_RECORD_BAD_MAGIC'],
        [13, 'TACTUS_ROW_REFUSED'],
        [17, 'TACTUS_ROW_REFUSED'],
        [19, 'TACTUS_RECORD_UNDECODABLE'],
        [23, 'TACTUS_RECORD_UNDECODABLE'],
        [29, 'TACTUS_ROW_REFUSED'],
        [31, 'TACTUS_ROW_REFUSED'],
      ],
    );
    assert.equal(
      refusals.at(-2)?.message,
      'metric_points.value is -1.5e+308; allowed are numbers from -1e+150 to 1e+150',
    );
    assert.equal((await stored()).length, 42);
  });

  it('tries with fewer rows when the server takes too long over a statement', async () => {
    const sizes: number[] = [];
    const slow = {
      query: async (sql: string, parameters: Buffer[]) => {
        const rows = (parameters[3] as Buffer).readInt32BE(12);
        sizes.push(rows);
        if (rows > 300) throw new Error('Query read timeout');
        return await database.pool.query(sql, parameters);
      },
    } as unknown as TestDatabase['pool'];
    const impatient = pointHandler(slow, codecs.decoder('metrics'), { maxBatchRows: 1_000, telemetry });
    const batch = batchOf(Array.from({ length: 1_000 }, (_, i) => point({ id: `p${i}` })));
    for (let tries = 0; tries < 2; tries++)
      await assert.rejects(
        impatient.handle(batch, NEVER),
        (error: { retriable?: boolean }) => error.retriable === true,
      );
    assert.deepEqual(await impatient.handle(batch, NEVER), []);
    assert.deepEqual(sizes, [1_000, 500, 250, 250, 250, 250]);
    assert.equal((await stored()).length, 1_000);
  });

  it('stores points far from today, which a double in microseconds cannot count', async () => {
    const far = [-62_000_000_000_000, 200_000_000_000_000].map((timestamp, i) =>
      point({ id: `${i}`, timestamp }),
    );
    assert.deepEqual(await store(far), []);
    assert.deepEqual(
      (await stored()).map(({ timestamp }) => timestamp).sort(),
      [-62_000_000_000_000, 200_000_000_000_000],
    );
  });
});
