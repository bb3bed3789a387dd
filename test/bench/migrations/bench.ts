import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startStack } from '../../../services/up/embedded/stack.js';
import { type MigrateOptions, migrate } from '../../../shared/adapters/postgres/migrate.js';
import { createPool, type Pool } from '../../../shared/adapters/postgres/pool.js';
import { loadConfig } from '../../../shared/config/load.js';
import { TactusError } from '../../../shared/core/errors.js';
import { backoffMs } from '../../../shared/core/retry.js';
import { createLogger } from '../../../shared/process/logger.js';
import { tableOf } from '../../integrity/watermark/table.js';
import { PostgresHome } from '../../support/native-postgres.js';
import { until } from '../../support/until.js';
import { loadPoints, month } from '../queries/load.js';
import type { MigrationsOptions } from './options.js';
import { writePlainSchema } from './plain-schema.js';
import { Traffic, WORK_NAMES } from './traffic.js';

const STATEMENT_TIMEOUT_MS = 3_600_000;
/** Of the load of ten million points, between two points of a series: in the last day, and before. */
const STEPS = { points: 10_000_000, recentSeconds: 15, historySeconds: 600 };
const HALF_MINUTE_MS = 30_000;
const CALM_MS = 3_000;
/** Anybody may wait for so long. */
const LIMIT_MS = 1_500;

/** Applies migrations to a full database while writers and readers go on; false when somebody waited for too long. */
export async function runMigrationsBench(options: MigrationsOptions): Promise<boolean> {
  if (options.database !== undefined) return await measure(options.database, {}, options);
  const folder = mkdtempSync(join(tmpdir(), 'tactus-bench-'));
  try {
    return options.plain ? await onPlain(folder, options) : await onEmbedded(folder, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function onEmbedded(dataDir: string, options: MigrationsOptions): Promise<boolean> {
  progress(
    'the embedded TimescaleDB has one session: whoever comes while a migration runs waits for all of it',
  );
  const stack = await startStack({ dataDir, only: ['database'], progress });
  try {
    return await measure(stack.env.DATABASE_URL, {}, options);
  } finally {
    await stack.stop();
  }
}

async function onPlain(folder: string, options: MigrationsOptions): Promise<boolean> {
  const sql = join(folder, 'sql');
  mkdirSync(sql);
  writePlainSchema(sql);
  const home = new PostgresHome(folder);
  home.initdb(['-U', 'bench', '-A', 'trust']);
  const server = await home.start({ shared_buffers: '1GB', max_wal_size: '8GB' });
  const url = `postgres://bench@127.0.0.1:${server.port}/postgres`;
  try {
    const pool = poolTo(url);
    const { rows } = await until('PostgreSQL', () => pool.query<{ version: string }>('SELECT version()'));
    await pool.end();
    progress(`${rows[0]?.version.split(' (')[0]}, without TimescaleDB`);
    return await measure(url, { folder: sql }, options);
  } finally {
    await server.stop();
  }
}

async function measure(
  url: string,
  schema: Pick<MigrateOptions, 'folder'>,
  { points, from }: MigrationsOptions,
): Promise<boolean> {
  const pool = poolTo(url);
  try {
    await migrate(pool, { ...schema, most: from });
    await fill(pool, points, schema.folder === undefined);
    const traffic = new Traffic(pool);
    // What is asked for the first time is slow.
    await pause(CALM_MS);
    const calm = performance.now();
    await pause(CALM_MS);
    const rows: (string | number)[][] = [row('none', calm, performance.now(), 0, traffic)];
    let longest = 0;
    for (;;) {
      const began = performance.now();
      const [name, attempts] = await applied(pool, schema);
      if (name === undefined) break;
      const ended = performance.now();
      // What waits at the end is done by then.
      await pause(CALM_MS);
      rows.push(row(name, began, ended, attempts, traffic));
      longest = Math.max(longest, ...traffic.longest(began, ended).values());
    }
    await traffic.stop();
    const head = ['migration', 'applied in ms', 'attempts', ...WORK_NAMES.map((name) => `${name}, ms`)];
    for (const line of tableOf(head, rows)) process.stdout.write(`${line}\n`);
    process.stdout.write(`${traffic.count} statements beside; the longest took ${longest.toFixed(0)} ms\n`);
    return longest < LIMIT_MS;
  } finally {
    await pool.end();
  }
}

function row(
  name: string,
  from: number,
  to: number,
  attempts: number,
  traffic: Traffic,
): (string | number)[] {
  const waits = [...traffic.longest(from, to).values()].map((ms) => ms.toFixed(0));
  return [name.replace(/^2026\d+0(?=\d\d_)/, ''), (to - from).toFixed(0), attempts, ...waits];
}

/** As `tactus db migrate` does: again when a table is locked. */
async function applied(
  pool: Pool,
  schema: Pick<MigrateOptions, 'folder'>,
): Promise<[string | undefined, number]> {
  for (let attempts = 1; ; attempts++) {
    try {
      const [name] = await migrate(pool, { ...schema, most: 1 });
      return [name, attempts];
    } catch (error) {
      if (!(error instanceof TactusError && error.retriable)) throw error;
      await pause(backoffMs(attempts - 1, Math.random()));
    }
  }
}

async function fill(pool: Pool, points: number, isTimescale: boolean): Promise<void> {
  const factor = STEPS.points / points;
  const end = Math.floor(Date.now() / HALF_MINUTE_MS) * HALF_MINUTE_MS;
  const [recent, history] = [STEPS.recentSeconds, STEPS.historySeconds].map((each) =>
    Math.max(1, Math.round(each * factor)),
  ) as [number, number];
  let stored = 0;
  for (const stretch of month(end, recent, history)) stored += await loadPoints(pool, stretch);
  progress(`stored ${stored.toLocaleString('en-GB')} points`);
  const tenth = Math.round(points / 10);
  await pool.query(WINDOWS, [tenth]);
  await pool.query(EVENTS, [tenth]);
  progress(`stored as many windows and events as a tenth of that`);
  if (isTimescale) {
    const { rows } = await pool.query<{ chunks: number }>(COMPRESS);
    progress(`compressed ${rows[0]?.chunks} chunks, as the policy does after a week`);
  }
  await pool.query('ANALYZE');
}

const WINDOWS = `
INSERT INTO tactus.windows (start, "end", tenant_id, metric, tags, "window", count, sum, min, max, mean, stddev, first, last,
  watermark, emitted_at)
SELECT t, t + INTERVAL '10 seconds', 'tenant-' || n % 4, 'service.requests.rate_' || n / 4 % 10,
  jsonb_build_object('host', 'host-' || n / 40 % 25), '10s', 10, 100, 1, 20, 10, 2, 3, 4, t, t
FROM (
  SELECT n, now() - INTERVAL '14 days' * n / $1::int AS t FROM generate_series(1, $1::int) AS n
) AS made`;

const EVENTS = `
INSERT INTO tactus.events (time, tenant_id, type, id, subject_id, attributes)
SELECT now() - INTERVAL '30 days' * n / $1::int, 'tenant-' || n % 4, 'play', 'e-' || n, 'u-' || n % 100000,
  jsonb_build_object('song', 's-' || n % 5000, 'seconds', n % 300, 'device', 'd-' || n % 7)
FROM generate_series(1, $1::int) AS n`;

const COMPRESS = `
SELECT count(compress_chunk(format('%I.%I', chunk_schema, chunk_name)::regclass))::int AS chunks
FROM timescaledb_information.chunks
WHERE hypertable_schema = 'tactus' AND hypertable_name IN ('metric_points', 'windows')
  AND range_end < now() - INTERVAL '7 days'`;

function poolTo(url: string): Pool {
  const config = loadConfig({ DATABASE_URL: url });
  return createPool(
    { config, log: createLogger('bench', 'silent'), name: 'bench' },
    { statementTimeoutMs: STATEMENT_TIMEOUT_MS },
  );
}

const began = performance.now();

function progress(line: string): void {
  process.stdout.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
}
