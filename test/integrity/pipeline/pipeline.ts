import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { reportText } from '../../../services/cli/text/reconcile-report.js';
import { MAX_EXACT, STANDARD_ERROR } from '../../../shared/windows/distinct.js';
import { IDLE_TIMEOUT_MS, windowsFile } from '../definitions.js';
import { Load } from '../load.js';
import { PointMaker, pointMessages } from '../points.js';
import { randomOf } from '../random.js';
import { partitionsOf } from '../read-topic.js';
import { onSite, type SiteOptions } from '../run.js';
import type { Site } from '../site.js';
import type { WorkerPool } from '../worker-pool.js';
import { reconcile } from './reconcile.js';
import { problemsOf } from './report-problems.js';

/** Name of this test among the integrity tests. */
export const PIPELINE = 'pipeline';

export interface PipelineOptions extends SiteOptions {
  /** How long points come in. */
  readonly seconds: number;
  /** Windows of some seconds instead of the shipped ones, for a run that is short. */
  readonly shortWindows?: boolean;
}

const WORKERS = ['ingest', 'windowing', 'sink', 'batch', 'anomaly', 'alerting'] as const;
/** After the last point, for the last windows to close and everything to be stored; in a short run before the test's own limit. */
const SETTLE_S = { long: 240, short: 150 } as const;
/** Of the log of a worker that has not come to an end. */
const LAST_LINES = 8;
const AWAY_MS = 1_000;
const PRINT_EVERY_MS = 30_000;

/** Share of the time that a partition of the load is not silent: the rate that is asked for is the mean. */
const SPEAKING = 0.747;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * The whole path under a steady load with one worker of each kind, each killed once; in the end
 * reconciliation, and a count of the rows, have the last word.
 *
 * @returns true when every point is stored once and every window is right, late points explained
 */
export async function runPipeline(options: PipelineOptions): Promise<boolean> {
  return await onSite(['kafka', 'registry', 'redis', 'database'], options, (site) => compare(options, site));
}

async function compare({ seconds, shortWindows = false }: PipelineOptions, site: Site): Promise<boolean> {
  const { client, stack, say, seed } = site;
  const env: Record<string, string> = {};
  if (shortWindows) {
    env.WINDOWS_FILE = join(site.folder, 'windows.yaml');
    writeFileSync(env.WINDOWS_FILE, windowsFile());
    env.TACTUS_IDLE_TIMEOUT_MS = String(IDLE_TIMEOUT_MS);
    env.TACTUS_REFRESH_INTERVAL_MS = '2000';
  }
  const pools = new Map(WORKERS.map((worker) => [worker as string, site.pool(worker, client.prefix, env)]));
  await Promise.all([...pools.values()].map((pool) => pool.start().ready()));
  const random = randomOf(seed);
  const partitions = (await partitionsOf(client, 'ingest.metrics')).length;
  const began = Date.now();
  const maker = new PointMaker(random, partitions, began);
  const points = await pointMessages(client, maker, random, 'ingest.metrics');
  const paced = { ...site, rate: site.rate / SPEAKING };
  const load = await Load.start(paced, (count, now) => ({ 'ingest.metrics': points(count, now) }));
  say(`${PIPELINE}: ${site.rate} points/s for ${seconds} s, seed ${seed}`);
  await killEach(pools, began, seconds, say);
  await load.stop();
  const ended = Date.now();
  say(
    `${load.sent} records sent in ${((ended - began) / 1000).toFixed(0)} s, ${load.failures} attempts failed`,
  );

  const from = new Date(began - 60_000).toISOString();
  const to = new Date(ended + 70_000).toISOString();
  const { report, output } = await reconcile(
    { ...stack.env, TOPIC_PREFIX: client.prefix, ...env },
    from,
    to,
    shortWindows ? SETTLE_S.short : SETTLE_S.long,
  );
  say(report === null ? `${output}\n${await standing(pools)}` : reportText(report));
  const problems = [
    ...problemsOf(report),
    ...(await rowProblems(stack.env.DATABASE_URL, maker.made, load.failures, !shortWindows)),
    ...[...pools].flatMap(([name, pool]) => pool.surprises.map((surprise) => `${name}: ${surprise}`)),
  ];
  for (const problem of problems) say(`  ${problem}`);
  say(
    problems.length === 0
      ? 'the pipeline is exact: nothing deviates'
      : `the pipeline is NOT exact; again with --seed ${seed}`,
  );
  return problems.length === 0;
}

/** One kind after the other, evenly over the time; meanwhile prints what the batch worker's metrics say. */
async function killEach(
  pools: ReadonlyMap<string, WorkerPool>,
  began: number,
  seconds: number,
  say: (line: string) => void,
): Promise<void> {
  const at = () => `${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s`;
  const left = [...pools];
  const every = (seconds * 1000) / (left.length + 1);
  let next = began + every;
  let printedAt = began;
  while (Date.now() < began + seconds * 1000) {
    await sleep(500);
    const [first] = left;
    if (first !== undefined && Date.now() >= next) {
      const [name, pool] = first;
      left.shift();
      next += every;
      await pool.kill(pool.take(() => 0));
      await sleep(AWAY_MS);
      pool.start();
      say(`${at()}  ${name} killed and started again`);
    }
    if (Date.now() - printedAt >= PRINT_EVERY_MS) {
      printedAt = Date.now();
      say(`${at()}  ${await figures(pools)}`);
    }
  }
}

async function figures(pools: ReadonlyMap<string, WorkerPool>): Promise<string> {
  const [batch] = pools.get('batch')?.running ?? [];
  const [sink] = pools.get('sink')?.running ?? [];
  try {
    const of = async (name: string, labels = {}) =>
      (await batch?.series(`tactus_data_${name}`, labels)) ?? [];
    const ratios = await of('completeness_ratio');
    if (ratios.length === 0) return 'nothing compared yet by this batch worker';
    const complete = Math.min(...ratios);
    const accurate = Math.min(...(await of('accuracy_ratio')));
    const p99 = Math.max(...(await of('timeliness_seconds', { quantile: '0.99' })));
    const lag =
      (await sink?.metric('tactus_consumer_lag_records', { group: 'sink-timescale' })) ?? Number.NaN;
    return `completeness ${complete}, accuracy ${accurate}, timeliness p99 ${p99.toFixed(3)} s, lag of the sink ${lag}`;
  } catch (error) {
    return `no figures while a worker starts (${String(error)})`;
  }
}

/** Where each worker stands: what it is not ready for, its lag by partition, and the end of its log. */
async function standing(pools: ReadonlyMap<string, WorkerPool>): Promise<string> {
  const about = [...pools].flatMap(([name, pool]) =>
    pool.running.map(async (worker) => {
      const get = async (path: string) => await (await fetch(`${await worker.address()}${path}`)).text();
      const lines = worker.output.split('\n').slice(-LAST_LINES);
      try {
        const lags = (await get('/metrics'))
          .split('\n')
          .filter((line) => /^tactus_consumer_lag_records.* [1-9]/.test(line));
        return [`${name}: ${await get('/readyz')}`, ...lags, ...lines].join('\n  ');
      } catch (error) {
        return [`${name} does not answer: ${String(error)}`, ...lines].join('\n  ');
      }
    }),
  );
  return (await Promise.all(about)).join('\n');
}

/**
 * Every point that was made has one row; one that was not acknowledged may have one. Windows are corrected once their
 * minute is over, which is more than a short run has time for.
 */
export async function rowProblems(
  url: string,
  made: number,
  failures: number,
  corrections: boolean,
): Promise<string[]> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    const { rows } = await pool.query<{ all: number; ids: number; corrected: number }>(
      `SELECT count(*)::int AS all, count(DISTINCT (tenant_id, id))::int AS ids,
         (SELECT count(*)::int FROM tactus.corrections) AS corrected
       FROM tactus.metric_points`,
    );
    const { all = 0, ids = 0, corrected = 0 } = rows[0] ?? {};
    const { rows: members } = await pool.query<{ known: number; wrong: number }>(MEMBERS_OF_MINUTES);
    const { known = 0, wrong = 0 } = members[0] ?? {};
    return [
      ...(all === ids ? [] : [`${all} rows for ${ids} ids`]),
      ...(failures > 0 || ids === made ? [] : [`${ids} points stored of ${made} that were made`]),
      ...(!corrections || corrected > 0 ? [] : ['no window was corrected']),
      ...(!corrections || known > 0 ? [] : ['the members of no minute are known']),
      ...(wrong === 0 ? [] : [`${wrong} of ${known} minutes have another number of members`]),
    ];
  } finally {
    await pool.end();
  }
}

/**
 * The roll-ups of minutes with members, and those with another number than the points have; an estimate has six standard errors.
 * A minute that is marked has got points since it was last refreshed: its roll-up is of those that it counts.
 */
const MEMBERS_OF_MINUTES = `
WITH exact AS (
  SELECT date_bin('1 minute', time, 'epoch') AS bucket, tenant_id, metric, tags, count(DISTINCT value) AS members
  FROM tactus.metric_points WHERE kind = 'member' GROUP BY 1, 2, 3, 4
)
SELECT count(*)::int AS known, count(*) FILTER (WHERE abs(r."distinct" - coalesce(e.members, 0)) >
  CASE WHEN e.members > ${MAX_EXACT} THEN ${6 * STANDARD_ERROR} * e.members ELSE 0 END)::int AS wrong
FROM tactus.rollup_1m_members AS r LEFT JOIN exact AS e USING (bucket, tenant_id, metric, tags)
WHERE r."distinct" IS NOT NULL
  AND NOT EXISTS (SELECT FROM tactus.dirty_ranges AS d WHERE d.bucket = '1m' AND d.start = r.bucket)`;
