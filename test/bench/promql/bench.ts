import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { matrixText } from '../../../services/api/prometheus/matrix-text.js';
import { queryRange } from '../../../services/api/prometheus/promql/engine.js';
import { Budget } from '../../../services/api/prometheus/promql/model/budget.js';
import { SqlSource } from '../../../services/api/prometheus/stored/sql-source.js';
import { TenantDatabase } from '../../../services/api/queries/tenant-database.js';
import { startStack } from '../../../services/up/embedded/stack.js';
import { migrate } from '../../../shared/adapters/postgres/migrate.js';
import { createPool, type Pool } from '../../../shared/adapters/postgres/pool.js';
import { loadConfig } from '../../../shared/config/load.js';
import { createLogger } from '../../../shared/process/logger.js';

export const PROMQL_USAGE = `usage: npm run bench -- promql

  Expressions of a dashboard over 50 series with a point every 10 s for 8 h, in the embedded database: how long reading and
  evaluating take, and for how long the process answers nobody else.
`;

const RUNS = 7;
const HOUR = 3_600_000;
const TENANT = 'bench';
/** A full hour. */
const END = Math.floor(Date.now() / HOUR) * HOUR;

interface Query {
  readonly text: string;
  readonly hours: number;
  readonly step: number;
}

const QUERIES: readonly Query[] = [
  { text: 'sum by (host) (rate(requests_total[5m]))', hours: 6, step: 15_000 },
  { text: 'max by (host) (requests_total)', hours: 6, step: 15_000 },
  { text: 'histogram_quantile(0.9, sum by (le) (rate(requests_total[5m])))', hours: 6, step: 60_000 },
  { text: 'requests_total', hours: 6, step: 15_000 },
  { text: 'sum(rate(requests_total[5m])) / sum(rate(requests_total[5m] offset 1h))', hours: 6, step: 15_000 },
  { text: 'quantile_over_time(0.9, {__name__=~"requests.*", host=~"host-.*"}[1h])', hours: 6, step: 60_000 },
];

/** Times what a dashboard asks. */
export async function runPromqlBench(): Promise<boolean> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tactus-bench-'));
  const stack = await startStack({ dataDir, only: ['database'] });
  const pool = createPool(
    {
      config: loadConfig({ DATABASE_URL: stack.env.DATABASE_URL }),
      log: createLogger('bench', 'silent'),
      name: 'bench',
    },
    { statementTimeoutMs: 120_000 },
  );
  try {
    await migrate(pool);
    await fill(pool);
    const database = new TenantDatabase(pool, { queryTimeoutMs: 60_000, maxQueries: 2 });
    for (const query of QUERIES) await timed(database, query);
    return true;
  } finally {
    await pool.end();
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function fill(pool: Pool): Promise<void> {
  for (let from = END - 8 * HOUR; from < END; from += HOUR)
    await pool.query(
      `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id, kind)
       SELECT to_timestamp(t), $1, 'requests_total', jsonb_build_object('host', 'host-' || n / 5, 'le', (n % 5)::text), t % 86400 * n + random(), n || '-' || t, 'cumulative'
       FROM generate_series($2::bigint, $3::bigint, 10) AS t, generate_series(0, 49) AS n`,
      [TENANT, from / 1_000, (from + HOUR) / 1_000 - 1],
    );
  await pool.query('CALL refresh_continuous_aggregate($1, $2, $3)', [
    'tactus.rollup_1m',
    null,
    new Date(END),
  ]);
  await pool.query('CALL refresh_continuous_aggregate($1, $2, $3)', [
    'tactus.rollup_1h',
    null,
    new Date(END),
  ]);
  await pool.query('ANALYZE');
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

async function timed(database: TenantDatabase, { text, hours, step }: Query): Promise<void> {
  const phases: { read: number; evaluate: number; answer: number }[] = [];
  let points = 0;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let bytes = 0;
  for (let run = 0; run < RUNS; run++) {
    let read = 0;
    const began = performance.now();
    const budget = new Budget(
      { maxSeries: 20_000, maxSamples: 1_000_000, timeoutMs: 60_000 },
      { now: () => performance.now(), yield: async () => await nextTurn() },
      new AbortController().signal,
    );
    const found = await queryRange(
      text,
      { start: END - hours * HOUR, end: END, step },
      {
        budget,
        store: {
          read: async (work) => {
            const start = performance.now();
            const { signal } = new AbortController();
            const options = { longestBucket: null, signal, now: END, warn: () => {} };
            const made = await database.read(TENANT, 'bench', new AbortController().signal, (reader) =>
              work(new SqlSource(reader, options)),
            );
            read = performance.now() - start;
            return made;
          },
        },
      },
    );
    const evaluated = performance.now();
    bytes = 0;
    for await (const piece of matrixText(found, [])) bytes += piece.length;
    const answered = performance.now();
    points = found.reduce((sum, { times }) => sum + times.length, 0);
    phases.push({ read, evaluate: evaluated - began - read, answer: answered - evaluated });
  }
  delay.disable();
  const [read, evaluate, answer] = (['read', 'evaluate', 'answer'] as const).map((phase) =>
    median(phases.map((each) => each[phase])).toFixed(0),
  );
  process.stdout.write(
    `${text}: read ${read} ms, evaluate ${evaluate} ms, answer ${answer} ms (median of ${RUNS}; longest block ${(delay.max / 1e6).toFixed(0)} ms; ${points} points, ${(bytes / 1e6).toFixed(1)} MB)\n`,
  );
}
