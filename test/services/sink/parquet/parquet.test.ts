import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import type { MetricPoint, WindowAggregate } from '../../../../schemas/types.js';
import { SinkTelemetry } from '../../../../services/sink/framework/telemetry.js';
import { flushByLogTime } from '../../../../services/sink/parquet/flush-by-log-time.js';
import { archiveHandler } from '../../../../services/sink/parquet/handler.js';
import { LAYOUTS } from '../../../../services/sink/parquet/layout.js';
import { openStore } from '../../../../services/sink/parquet/store.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { arrayBatch } from '../../../../shared/core/array-batch.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { RecordAccumulator } from '../../../../shared/core/record-accumulator.js';
import type { RecordBatch } from '../../../../shared/core/record-batch.js';
import { jsonBatch, jsonDecoder } from '../json-decoder.js';
import { closedWindow, NOON, point } from '../samples.js';

const NEVER = new AbortController().signal;
const LIMITS = { intervalMs: 60_000, maxRecords: 50, maxBytes: 100_000, slackMs: 5_000 };

describe('the Parquet sink', () => {
  const root = mkdtempSync(join(tmpdir(), 'tactus-archive-'));
  let folder: string;
  let run = 0;

  after(() => rmSync(root, { recursive: true }));
  beforeEach(() => {
    folder = join(root, `${++run}`);
  });

  const storeAt = (env: Record<string, string>) => openStore(loadConfig(env));
  const parts = (env = { TACTUS_ARCHIVE_URL: pathToFileURL(folder).href }) => ({
    store: storeAt(env),
    flushPolicy: flushByLogTime(LIMITS),
    telemetry: new SinkTelemetry(new Registry()),
  });
  const points = () => archiveHandler('metrics', LAYOUTS.metrics, jsonDecoder<MetricPoint>(), parts());
  const files = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.parquet'))
      .sort();

  async function duckdb(sql: string): Promise<Record<string, unknown>[]> {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    try {
      return (await connection.runAndReadAll(sql)).getRowObjectsJson();
    } finally {
      connection.closeSync();
    }
  }
  const all = (topic: string) =>
    `read_parquet('${folder}/${topic}/**/*.parquet', hive_partitioning = true, union_by_name = true)`;

  it('writes points that DuckDB reads as they were sent, by tenant and day', async () => {
    const sent = [
      point({ id: 'a' }),
      point({ id: 'b', tenantId: 'o/d d', tags: {}, unit: null, source: 'x"y' }),
      point({ id: 'c', timestamp: NOON + 86_400_000, value: 0.1 + 0.2 }),
    ];
    assert.deepEqual(await points().handle(jsonBatch('metrics', sent), NEVER), []);
    assert.deepEqual(files(), [
      'metrics/tenant=acme/day=2026-01-15/0-0000000000000000-0000000000000002.parquet',
      'metrics/tenant=acme/day=2026-01-16/0-0000000000000000-0000000000000002.parquet',
      'metrics/tenant=o%2Fd%20d/day=2026-01-15/0-0000000000000000-0000000000000002.parquet',
    ]);
    const found = await duckdb(
      `SELECT tenant_id, tenant, day::text AS day, metric, tags, epoch_ms(time) AS ms, value, id, unit, source,
         kafka_partition, kafka_offset FROM ${all('metrics')} ORDER BY kafka_offset`,
    );
    assert.deepEqual(
      found.map((row) => ({ ...row, ms: Number(row.ms), kafka_offset: Number(row.kafka_offset) })),
      sent.map((p, offset) => ({
        ...{ tenant_id: p.tenantId, tenant: p.tenantId, metric: p.metric, tags: JSON.stringify(p.tags) },
        ...{ day: offset === 2 ? '2026-01-16' : '2026-01-15', ms: p.timestamp, value: p.value, id: p.id },
        ...{ unit: p.unit, source: p.source, kafka_partition: 0, kafka_offset: offset },
      })),
    );
  });

  it('writes windows with their quantiles as JSON', async () => {
    const handler = archiveHandler('windows', LAYOUTS.windows, jsonDecoder<WindowAggregate>(), parts());
    await handler.handle(jsonBatch('windows', [closedWindow(), closedWindow({ quantiles: null })]), NEVER);
    const found = await duckdb(
      `SELECT count::int AS count, sum, (quantiles::json ->> '0.95')::double AS p95 FROM ${all('windows')} ORDER BY p95`,
    );
    assert.deepEqual(found, [
      { count: 10, sum: 15, p95: 2 },
      { count: 10, sum: 15, p95: null },
    ]);
  });

  it('writes the files of many days side by side, some at a time', async () => {
    let [open, most] = [0, 0];
    const paths = new Set<string>();
    const slow = {
      put: async (path: string) => {
        paths.add(path);
        open += 1;
        most = Math.max(most, open);
        await setImmediate();
        open -= 1;
      },
    };
    const handler = archiveHandler('metrics', LAYOUTS.metrics, jsonDecoder<MetricPoint>(), {
      ...parts(),
      store: slow,
    });
    const days = Array.from({ length: 100 }, (_, i) => point({ timestamp: NOON - i * 86_400_000 }));
    await handler.handle(jsonBatch('metrics', days), new AbortController().signal);
    assert.deepEqual([paths.size, most], [100, 16]);
  });

  it('writes the same files when a batch comes again', async () => {
    const batch = jsonBatch('metrics', [point({ id: 'a' }), point({ id: 'b' })]);
    await points().handle(batch, NEVER);
    const [name] = files();
    const before = readFileSync(join(folder, name as string));
    await points().handle(batch, NEVER);
    assert.deepEqual(files(), [name]);
    assert.ok(readFileSync(join(folder, name as string)).equals(before));
  });

  it('leaves out what cannot be decoded', async () => {
    const good = jsonBatch('metrics', [point({ id: 'a' }), point({ id: 'b' })]);
    const batch = { ...good, value: (i: number) => (i === 0 ? Buffer.from('{') : good.value(i)) };
    assert.deepEqual(await points().handle(batch, NEVER), []);
    assert.deepEqual(await duckdb(`SELECT id FROM ${all('metrics')}`), [{ id: 'b' }]);
  });

  it('flushes at the same records however the log is read, and from whichever flush', () => {
    const gaps = fc.array(fc.nat(20_000), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(gaps, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (steps, sizes) => {
        let time = NOON;
        const records = steps.map((step) => {
          time += step;
          return { value: Buffer.alloc(step % 5_000), timestamp: time };
        });
        const flushes = (from: number, lengths: readonly number[]) => {
          const accumulator = new RecordAccumulator(flushByLogTime(LIMITS));
          const ends: number[] = [];
          const drain = (now: number, caughtUp: boolean) => {
            for (
              let next = accumulator.drain(now, caughtUp);
              next !== null;
              next = accumulator.drain(now, caughtUp)
            )
              ends.push(next.nextOffset);
          };
          for (let at = from, i = 0; at < records.length; i++) {
            const some = records.slice(at, at + (lengths[i % lengths.length] as number));
            accumulator.add(batchAt(some, at), NOON);
            at += some.length;
            drain(NOON, at === records.length);
          }
          drain(time + 65_000, true);
          return ends;
        };
        const wanted = flushes(0, [records.length]);
        assert.equal(wanted.at(-1), records.length);
        assert.deepEqual(flushes(0, sizes), wanted);
        const middle = wanted[wanted.length >> 1] as number;
        assert.deepEqual(
          flushes(middle, sizes),
          wanted.filter((end) => end > middle),
        );
      }),
    );
  });

  it('waits until a stretch of time is over, and for the end of the log', () => {
    const accumulator = new RecordAccumulator(flushByLogTime(LIMITS));
    accumulator.add(batchAt([{ value: Buffer.alloc(1), timestamp: NOON + 1_000 }], 0), NOON + 1_000);
    assert.equal(accumulator.drain(NOON + 64_999, true), null);
    assert.equal(accumulator.drain(NOON + 65_000, false), null);
    assert.equal(accumulator.drain(NOON + 65_000, true)?.length, 1);
  });

  it('puts files into a bucket, signed, and waits for a store that fails', async (t) => {
    const put: { url: string; authorization: string; body: Buffer }[] = [];
    let status = 200;
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { url = '', headers } = request;
      put.push({ url, authorization: headers.authorization ?? '', body: Buffer.concat(chunks) });
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const env = {
      TACTUS_ARCHIVE_URL: 's3://bucket/some/prefix',
      TACTUS_ARCHIVE_S3_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      TACTUS_ARCHIVE_S3_REGION: 'eu-west-1',
      TACTUS_ARCHIVE_S3_ACCESS_KEY_ID: 'key',
      TACTUS_ARCHIVE_S3_SECRET_ACCESS_KEY: 'secret',
    };
    const handler = archiveHandler('metrics', LAYOUTS.metrics, jsonDecoder<MetricPoint>(), parts(env));
    const batch = jsonBatch('metrics', [point()]);
    status = 503;
    await assert.rejects(
      handler.handle(batch, NEVER),
      (error) =>
        error instanceof TactusError && error.code === 'TACTUS_ARCHIVE_UNAVAILABLE' && error.retriable,
    );
    status = 200;
    assert.deepEqual(await handler.handle(batch, NEVER), []);
    const [, last] = put;
    assert.match(
      last?.url ?? '',
      /^\/bucket\/some\/prefix\/metrics\/tenant%3Dacme\/day%3D2026-01-15\/0-0{16}-0{16}\.parquet$/,
    );
    assert.match(last?.authorization ?? '', /^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/eu-west-1\/s3\//);
    assert.equal(last?.body.subarray(0, 4).toString(), 'PAR1');
    assert.throws(
      () => storeAt({ ...env, TACTUS_ARCHIVE_S3_ACCESS_KEY_ID: '' }),
      /TACTUS_ARCHIVE_S3_ACCESS_KEY_ID/,
    );
  });

  it('names no password of an address in its errors', async () => {
    const env = {
      TACTUS_ARCHIVE_URL: 's3://bucket',
      TACTUS_ARCHIVE_S3_ENDPOINT: 'http://minio:hunter2@127.0.0.1:1',
      TACTUS_ARCHIVE_S3_ACCESS_KEY_ID: 'key',
      TACTUS_ARCHIVE_S3_SECRET_ACCESS_KEY: 'secret',
    };
    const hides = (error: unknown) => error instanceof TactusError && !error.message.includes('hunter2');
    await assert.rejects(async () => storeAt(env).put('a', Buffer.from('a'), NEVER), hides);
    const withKey = { ...env, TACTUS_ARCHIVE_URL: 's3://minio:hunter2@bucket' };
    assert.throws(() => storeAt({ ...withKey, TACTUS_ARCHIVE_S3_ACCESS_KEY_ID: '' }), hides);
  });

  it('writes the same file from two processes at once, as after a rebalance', async () => {
    const env = { TACTUS_ARCHIVE_URL: pathToFileURL(folder).href };
    const bytes = Buffer.alloc(8 * 1024 * 1024, 'x');
    await Promise.all(Array.from({ length: 4 }, () => storeAt(env).put('metrics/a.parquet', bytes, NEVER)));
    assert.deepEqual(readdirSync(join(folder, 'metrics')), ['a.parquet']);
    assert.ok(readFileSync(join(folder, 'metrics', 'a.parquet')).equals(bytes));
  });
});

function batchAt(records: readonly { value: Buffer; timestamp: number }[], baseOffset: number): RecordBatch {
  return arrayBatch({ topic: 'metrics', records, baseOffset });
}
