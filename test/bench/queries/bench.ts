import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startStack } from '../../../services/up/embedded/stack.js';
import { migrate } from '../../../shared/adapters/postgres/migrate.js';
import { createPool, type Pool } from '../../../shared/adapters/postgres/pool.js';
import { loadConfig } from '../../../shared/config/load.js';
import { createLogger } from '../../../shared/process/logger.js';
import { asked, loadPoints, month, refreshAll } from './load.js';
import { QUERIES, type Query } from './queries.js';

export const QUERIES_USAGE = `usage: npm run bench -- queries [options]

  --data DIR         keep the filled database there, and use it again when it is
  --database URL     a TimescaleDB of your own instead of the embedded one; it is filled if it has no points
`;

const RUNS = 15;
const LIMIT_MS = 50;
/** 9.94 million points: 1,000 series every 15 s for a day, every 10 min for 29 days before. */
const RECENT_SECONDS = 15;
const HISTORY_SECONDS = 600;
const STATEMENT_TIMEOUT_MS = 900_000;
const HALF_HOUR_MS = 1_800_000;
const HOUR_MS = 3_600_000;

/** Times what a dashboard asks of ten million points; false when a median is not under 50 ms. */
export async function runQueriesBench(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: { data: { type: 'string' }, database: { type: 'string' } },
  });
  if (values.database !== undefined) return await inPool(values.database);
  const dataDir =
    values.data === undefined ? mkdtempSync(join(tmpdir(), 'tactus-bench-')) : resolve(values.data);
  mkdirSync(dataDir, { recursive: true });
  const stack = await startStack({ dataDir, only: ['database'], progress });
  try {
    return await inPool(stack.env.DATABASE_URL);
  } finally {
    await stack.stop();
    if (values.data === undefined) rmSync(dataDir, { recursive: true, force: true });
  }
}

const began = performance.now();

function progress(line: string): void {
  process.stdout.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
}

async function inPool(url: string): Promise<boolean> {
  const pool = createPool(
    { config: loadConfig({ DATABASE_URL: url }), log: createLogger('bench', 'silent'), name: 'bench' },
    { statementTimeoutMs: STATEMENT_TIMEOUT_MS },
  );
  try {
    await migrate(pool);
    const until = await filled(pool);
    await tellSizes(pool);
    const results: boolean[] = [];
    for (const query of QUERIES) results.push(await timed(pool, query, until));
    return results.every(Boolean);
  } finally {
    await pool.end();
  }
}

/** Fills an empty database; gives the moment up to which it has points. */
async function filled(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ last: Date | null }>(
    'SELECT max(time) AS last FROM tactus.metric_points',
  );
  const last = rows[0]?.last ?? null;
  if (last !== null) return last.getTime() + RECENT_SECONDS * 1_000;
  // In the middle of an hour, so that an hour and a day are open.
  const until = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HALF_HOUR_MS;
  let points = 0;
  for (const stretch of month(until, RECENT_SECONDS, HISTORY_SECONDS))
    points += await loadPoints(pool, stretch);
  progress(`stored ${points.toLocaleString('en-GB')} points`);
  await refreshAll(pool, until - 30 * 24 * HOUR_MS, until, progress);
  progress('refreshed the roll-ups');
  return until;
}

async function tellSizes(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ points: string; heap: string; indexes: string }>(
    `SELECT (SELECT count(*) FROM tactus.metric_points) AS points, table_bytes AS heap, index_bytes AS indexes
     FROM hypertable_detailed_size('tactus.metric_points')`,
  );
  const [row] = rows;
  if (row === undefined) return;
  const each = (bytes: string) => (Number(bytes) / Number(row.points)).toFixed(0);
  progress(`${row.points} points, ${each(row.heap)} bytes each and ${each(row.indexes)} of indexes`);
}

async function timed(pool: Pool, query: Query, until: number): Promise<boolean> {
  const parameters = query.parameters(asked(until));
  const times: number[] = [];
  let rows = 0;
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    rows = (await pool.query(query.sql, parameters)).rows.length;
    times.push(performance.now() - start);
  }
  const [first] = times as [number];
  const sorted = [...times].sort((a, b) => a - b);
  const median = sorted[RUNS >> 1] as number;
  process.stdout.write(
    `\n${query.title}: ${rows} rows, median ${median.toFixed(1)} ms of ${RUNS} runs, first ${first.toFixed(1)} ms, longest ${(sorted.at(-1) as number).toFixed(1)} ms\n${query.sql}\n`,
  );
  const plan = await pool.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN (ANALYZE, COSTS OFF, BUFFERS OFF) ${query.sql}`,
    parameters,
  );
  for (const line of plan.rows) process.stdout.write(`    ${line['QUERY PLAN']}\n`);
  if (median >= LIMIT_MS) process.stdout.write(`    not under ${LIMIT_MS} ms\n`);
  return median < LIMIT_MS && rows > 0;
}
