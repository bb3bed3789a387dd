import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EmbeddedStack } from '../../../services/up/embedded/stack.js';
import { migrate } from '../../../shared/adapters/postgres/migrate.js';
import { packageRoot } from '../../../shared/files/package-root.js';
import { poolTo } from '../../shared/adapters/postgres/database.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';
import { type Bench, forget, onStand } from '../stand.js';
import { type Dataset, fill } from '../windowing/dataset.js';
import { ProcessSample } from '../windowing/process-sample.js';
import type { SinkBenchOptions } from './options.js';

const run = promisify(execFile);
const LIMIT_MS = 600_000;

interface Round {
  readonly pointsPerSecond: number;
  readonly cpuSeconds: number | null;
  readonly peakMegabytes: number | null;
  readonly copyPerSecond: number;
}

/**
 * Points from the topic into `metric_points` by the sink worker, in turn with a plain COPY of the same
 * rows into the same server; false when the table does not hold each point once.
 */
export async function runSinkBench(options: SinkBenchOptions): Promise<boolean> {
  return await onStand(options, ['kafka', 'registry', 'database'], async (bench) => {
    const data = await fill(bench, options.points, options.series);
    const rounds: Round[] = [];
    for (let i = 1; i <= options.rounds; i++) {
      const round = await oneRound(bench, bench.stack, data, options.nodeOptions);
      rounds.push(round);
      bench.progress(`round ${i}: ${describe(round)}`);
    }
    const middle = [...rounds].sort((a, b) => ratio(a) - ratio(b))[rounds.length >> 1] as Round;
    bench.progress(`median: ${describe(middle)}`);
    return true;
  });
}

const ratio = (round: Round) => round.pointsPerSecond / round.copyPerSecond;

function describe(round: Round): string {
  const figure = (value: number) => Math.round(value).toLocaleString('en-GB');
  const cpu = round.cpuSeconds === null ? '' : `, ${round.cpuSeconds.toFixed(2)} CPU s`;
  const memory = round.peakMegabytes === null ? '' : `, ${figure(round.peakMegabytes)} MB`;
  return `sink ${figure(round.pointsPerSecond)} points/s${cpu}${memory}; COPY ${figure(round.copyPerSecond)} rows/s; ${ratio(round).toFixed(2)} x`;
}

async function oneRound(
  bench: Bench,
  stack: EmbeddedStack,
  data: Dataset,
  nodeOptions: string,
): Promise<Round> {
  const measured = await throughSink(bench, stack, data, nodeOptions);
  await stack.servers.database.stop();
  try {
    const program = join(packageRoot(), 'dist', 'test', 'bench', 'sink', 'copy-process.js');
    const { stdout } = await run(process.execPath, [program, join(bench.dataDir, 'database')], {
      timeout: LIMIT_MS,
    });
    const copy = JSON.parse(stdout) as { rows: number; seconds: number };
    if (copy.rows !== data.expected.records) throw new Error(`COPY left ${copy.rows} rows`);
    return { ...measured, copyPerSecond: copy.rows / copy.seconds };
  } finally {
    await stack.servers.database.start();
  }
}

async function throughSink(
  bench: Bench,
  stack: EmbeddedStack,
  data: Dataset,
  nodeOptions: string,
): Promise<Omit<Round, 'copyPerSecond'>> {
  const { records } = data.expected;
  const pool = poolTo(stack.env.DATABASE_URL);
  await migrate(pool);
  await pool.query('TRUNCATE tactus.metric_points, tactus.dirty_ranges');
  await pool.query('CHECKPOINT');
  await forget(bench, data.prefix, 'sink-timescale');
  const env = { ...stack.env, TOPIC_PREFIX: data.prefix, NODE_OPTIONS: nodeOptions };
  const worker = new WorkerProcess('sink', env, ['--only', 'timescale']);
  const sample = new ProcessSample(worker.pid);
  try {
    const stored = () => worker.metric('tactus_rows_stored_total', { table: 'metric_points' });
    await until('all points to be stored', async () => (await stored()) >= records, LIMIT_MS);
    const end = Date.now();
    // When it was assigned its partitions: a moment before the first fetch.
    const start = Date.parse(/"time":"([^"]+)"[^\n]*partitions assigned/.exec(worker.output)?.[1] ?? '');
    const { rows } = await pool.query<{ rows: number; ids: number }>(
      'SELECT count(*)::int AS rows, count(DISTINCT (tenant_id, id))::int AS ids FROM tactus.metric_points',
    );
    if (rows[0]?.rows !== records || rows[0].ids !== records)
      throw new Error(`${records} points went in, the table has ${JSON.stringify(rows[0])}`);
    sample.stop();
    return {
      pointsPerSecond: records / ((end - start) / 1000),
      cpuSeconds: sample.cpuBetween(start, end),
      peakMegabytes: sample.peakBytes === null ? null : sample.peakBytes / 2 ** 20,
    };
  } finally {
    await worker.stop();
    await pool.end();
  }
}
