import { Redis } from 'ioredis';
import pg from 'pg';
import type { Alert, Anomaly } from '../../schemas/types.js';
import { reportText } from '../../services/cli/text/reconcile-report.js';
import { compare, describeCourses } from '../integrity/detection/courses.js';
import { type ChangelogWorker, coursesOf } from '../integrity/detection/scenario.js';
import { undisturbed } from '../integrity/detection/undisturbed.js';
import type { Findings } from '../integrity/findings.js';
import { rowProblems } from '../integrity/pipeline/pipeline.js';
import { reconcile } from '../integrity/pipeline/reconcile.js';
import { problemsOf } from '../integrity/pipeline/report-problems.js';
import type { Site } from '../integrity/site.js';
import type { Book } from '../integrity/watermark/book.js';
import { verify } from '../integrity/watermark/verify.js';
import { until } from '../support/until.js';
import type { Notifications } from './notifications.js';

const WINDOW = 'half';
/** Learnt in half a minute. */
export const DETECTION = { TACTUS_ANOMALY_WINDOW: WINDOW };
/** None of the alerts ends because of the wall clock, which is not the same for two runs. */
export const RULES = `
rules:
  - { name: High, window: ${WINDOW}, metric: plays, expr: mean > 600.0, for: 1s, staleAfter: 7d }
  - { name: Broad, window: ${WINDOW}, metric: time.load, expr: max - min > 900.0, staleAfter: 7d }
  - { name: Odd, on: anomaly, expr: 'anomaly.score > 0.0', staleAfter: 7d }
`;
const RECONCILE_WAIT_S = 120;
const REFRESH_MS = 90_000;
const COUNTED_MS = 15_000;

type Output<T> = Pick<ChangelogWorker<T>, 'worker' | 'inputs' | 'output' | 'reported'>;

const ANOMALIES: Output<Anomaly> = {
  ...{ worker: 'anomaly', inputs: ['windows'], output: 'anomalies' },
  reported: ({ detectedAt: _, ...anomaly }) => [
    `${anomaly.tenantId}|${anomaly.metric} ${JSON.stringify(anomaly.tags)}`,
    anomaly,
  ],
};
const ALERTS: Output<Alert> = {
  ...{ worker: 'alerting', inputs: ['windows', 'anomalies'], output: 'alerts' },
  reported: ({ fingerprint, updatedAt: _, ...alert }) => [fingerprint, alert],
};

export interface Verified {
  readonly site: Site;
  readonly findings: Findings;
  readonly env: Readonly<Record<string, string>>;
  readonly book: Book;
  readonly notifications: Notifications | null;
  /** Whether both builds detect alike, so that an undisturbed worker of this one finds the same. */
  readonly sameDetectors: boolean;
  /** Points, those sent twice once. */
  readonly made: number;
  readonly failures: number;
  /** Of the time when points came, and when the last worker was exchanged. */
  readonly from: number;
  readonly changesEnd: number;
}

/** Compares what is stored with the points, while the workers run. */
export async function verifyStored(run: Verified): Promise<string[]> {
  const { site, findings, env, made, failures, from, changesEnd } = run;
  const url = site.stack.env.DATABASE_URL;
  const [begin, end] = [from - 60_000, changesEnd + 70_000].map((at) => new Date(at).toISOString());
  const { report, output } = await reconcile(env, begin as string, end as string, RECONCILE_WAIT_S);
  for (const problem of problemsOf(report)) findings.add('reconciliation', problem);
  for (const problem of await rowProblems(url, made, failures, false)) findings.add('rows', problem);
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    const text = report === null ? output : reportText(report);
    const lines = [text, await rollups(pool, findings), await seriesCounts(pool, site, findings)];
    if (run.notifications !== null) lines.push(await run.notifications.verify(pool, findings));
    return lines;
  } finally {
    await pool.end();
  }
}

/** Compares what is in the topics with `ingest.metrics`, when all workers have stopped. */
export async function verifyTopics(run: Verified): Promise<string[]> {
  const { site, findings, book, changesEnd } = run;
  const lines = await verify(site.client, site.stack.env, book, findings, changesEnd);
  return [...lines, await outputs(run, ANOMALIES), await outputs(run, ALERTS)];
}

/** Each minute of each series once, with as many points and the same sum, once they are refreshed. */
async function rollups(pool: pg.Pool, findings: Findings): Promise<string> {
  let counted = { minutes: 0, wrong: 0 };
  try {
    await until(
      'roll-ups to be as the points',
      async () => {
        const { rows } = await pool.query<typeof counted>(ROLLUPS);
        counted = rows[0] as typeof counted;
        return counted.minutes > 0 && counted.wrong === 0;
      },
      REFRESH_MS,
    );
  } catch (error) {
    findings.add('roll-ups', `${counted.wrong} of ${counted.minutes} minutes differ (${String(error)})`);
  }
  return `roll-ups: ${counted.minutes} minutes of series, ${counted.wrong} of them other than the points`;
}

/** Workers of ingest count the series of each tenant together: each once, whoever has let it in. */
async function seriesCounts(pool: pg.Pool, { stack, client }: Site, findings: Findings): Promise<string> {
  const redis = new Redis(stack.env.REDIS_URL);
  const index = `tactus:${client.prefix}series`;
  const { rows } = await pool.query<{ tenant: string; series: number }>(SERIES);
  const wanted = JSON.stringify(rows.map(({ tenant, series }) => [tenant, series]));
  let found = '';
  try {
    await until(
      'series to be counted',
      async () => {
        const counts = new Map<string, number>();
        for (const partition of await redis.zrange(index, '0', '-1'))
          for (const [tenant, count] of Object.entries(await redis.hgetall(`${index}:${partition}`)))
            if (tenant !== '') counts.set(tenant, (counts.get(tenant) ?? 0) + Number(count));
        found = JSON.stringify([...counts].sort(([one], [other]) => (one < other ? -1 : 1)));
        return found === wanted;
      },
      COUNTED_MS,
    );
  } catch {
    findings.add('series', `${found} in Redis, should be ${wanted}`);
  } finally {
    redis.disconnect();
  }
  return `series of each tenant in Redis: ${found}`;
}

const SERIES = `
SELECT tenant_id AS tenant, count(*)::int AS series
FROM (SELECT DISTINCT tenant_id, metric, tags FROM tactus.metric_points) AS found GROUP BY 1 ORDER BY 1`;

const ROLLUPS = `
WITH points AS (
  SELECT time_bucket('1 minute', time) AS bucket, tenant_id, metric, tags, count(*) AS count, sum(value) AS sum
  FROM tactus.metric_points GROUP BY 1, 2, 3, 4
)
SELECT count(*)::int AS minutes,
  count(*) FILTER (WHERE p.count IS DISTINCT FROM r.count OR abs(p.sum - r.sum) > 0.001)::int AS wrong
FROM points AS p FULL JOIN tactus.rollup_1m AS r USING (bucket, tenant_id, metric, tags)`;

/** What an undisturbed worker of this build makes of the same inputs; each once, where the old build makes something else of them. */
async function outputs<T>(run: Verified, kind: Output<T>): Promise<string> {
  const { site, findings, env, sameDetectors } = run;
  const { worker, inputs: topics, output } = kind;
  const found = await coursesOf(kind, site.stack.env, site.client);
  if (!sameDetectors) {
    const all = [...found.values()].flat();
    const repeated = all.length - [...found.values()].reduce((sum, course) => sum + new Set(course).size, 0);
    if (repeated > 0) findings.add(`${output} duplicated`, String(repeated));
    return `${output}: ${all.length} found, ${repeated} duplicated`;
  }
  const calm = await undisturbed(site, { worker, group: worker, topics, env: without(env, 'TOPIC_PREFIX') });
  const wanted = await coursesOf(kind, site.stack.env, calm);
  compare(output, found, wanted, findings);
  if (wanted.size === 0) findings.add(`${output} too few`, 'none, which shows nothing');
  return describeCourses(output, found, wanted, findings);
}

function without(env: Readonly<Record<string, string>>, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== key));
}
