import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { migrate } from '../../../shared/adapters/postgres/migrate.js';
import { createPool, type Pool } from '../../../shared/adapters/postgres/pool.js';
import { loadConfig } from '../../../shared/config/load.js';
import { createLogger } from '../../../shared/process/logger.js';
import { KEYS_SECRET, tactus } from '../../support/gateway-keys.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';
import { columns, grouped } from '../figures.js';
import { loadPoints, month, refreshAll, type Stretch } from '../queries/load.js';
import { onServers } from '../stand.js';
import type { Ask, Asked } from './clients.js';
import type { ApiBenchOptions } from './options.js';
import { questions, TENANT } from './questions.js';

const GOAL_P99_MS = 50;
const WARM_UP_S = 3;
const STATEMENT_TIMEOUT_MS = 900_000;
const HOUR_MS = 3_600_000;
/** 9.94 million points: 1,000 series every 15 s for a day, every 10 min for 29 days before. */
const RECENT_SECONDS = 15;
const HISTORY_SECONDS = 600;
/** All series of a tenant are of one metric, so that the top ones are found among 250. */
const METRICS = 1;

/** Asks the API about ten million points; false when an answer failed or the goal is missed. */
export async function runApiBench(options: ApiBenchOptions): Promise<boolean> {
  const began = performance.now();
  const progress = (line: string): void => {
    process.stdout.write(`${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${line}\n`);
  };
  const own = ['kafka', 'registry', 'redis'] as const;
  const only = options.database === null ? ([...own, 'database'] as const) : own;
  return await onServers({ data: options.data, only, progress }, async ({ stack, workers }) => {
    const env = {
      ...stack.env,
      ...(options.database !== null && { DATABASE_URL: options.database }),
      ...KEYS_SECRET,
      TOPIC_PREFIX: `api-${Date.now().toString(36)}.`,
    };
    const end = await filled(env.DATABASE_URL, progress);
    for (const command of [
      ['topics', 'apply'],
      ['schemas', 'apply'],
    ])
      await tactus(command, env);
    const token = await tactus(['keys', 'create', '--tenant', TENANT, '--scopes', 'read'], env);
    const start = async (cache: string) => {
      const api = new WorkerProcess('api', {
        ...env,
        ...{ NODE_OPTIONS: options.nodeOptions, TACTUS_API_CACHE: cache },
      });
      workers.push(api);
      await api.ready();
      // Logged when it listens, which is after it was ready to.
      return `http://127.0.0.1:${await until('the port of the API', () => api.httpPort ?? null)}`;
    };
    const origins = { kept: await start('redis'), read: await start('none') };
    const clients = fork(fileURLToPath(new URL('./clients.js', import.meta.url)));
    try {
      return await measured({ clients, options, origins, token, database: env.DATABASE_URL, progress }, end);
    } finally {
      clients.kill();
    }
  });
}

interface Run {
  readonly clients: ChildProcess;
  readonly options: ApiBenchOptions;
  /** Of an API that keeps answers, and one that reads each. */
  readonly origins: { readonly kept: string; readonly read: string };
  readonly token: string;
  readonly database: string;
  readonly progress: (line: string) => void;
}

async function measured(run: Run, until: number): Promise<boolean> {
  const { clients, options, origins, token, database, progress } = run;
  const { rate, seconds } = options;
  const load = { rate, warmUp: rate * WARM_UP_S, count: rate * seconds };
  const rows: string[][] = [];
  let right = true;
  const add = (title: string, how: string, one: Asked, plain: Asked | null) => {
    progress(
      `${title}, ${how}: p99 ${one.p99Ms.toFixed(1)} ms${one.why === null ? '' : `, ${one.failed} failed: ${one.why}`}`,
    );
    const ratio = plain === null ? '' : (one.p99Ms / plain.p99Ms).toFixed(2);
    const figures = [one.p50Ms, one.p99Ms, one.maxMs].map((ms) => ms.toFixed(1));
    rows.push([title, how, ...figures, ratio, grouped(one.size), String(one.failed)]);
    right &&= one.failed === 0 && (plain === null || one.p99Ms < GOAL_P99_MS);
  };
  for (const { title, requests, sql, statements } of questions(until)) {
    const plain = await asked(clients, { do: 'sql', database, sql, statements, ...load });
    add(title, 'SQL alone', plain, null);
    const ask = async (origin: string, asks: readonly string[]) =>
      await asked(clients, { do: 'http', origin, token, requests: asks, ...load });
    add(title, 'HTTP, read each time', await ask(origins.read, requests), plain);
    add(title, 'HTTP, kept', await ask(origins.kept, requests.slice(0, 1)), plain);
  }
  const head = ['question', 'asked', 'p50 ms', 'p99 ms', 'max ms', 'p99 x SQL', 'bytes, rows', 'failed'];
  process.stdout.write(`${columns(head, rows, 2).join('\n')}\n`);
  return right;
}

async function asked(clients: ChildProcess, ask: Ask): Promise<Asked> {
  const answered = once(clients, 'message');
  clients.send(ask);
  const [answer] = await answered;
  return answer as Asked;
}

/** Fills what is not filled yet; gives the moment up to which there are points. */
async function filled(url: string, progress: (line: string) => void): Promise<number> {
  const pool = createPool(
    { config: loadConfig({ DATABASE_URL: url }), log: createLogger('bench', 'silent'), name: 'bench' },
    { statementTimeoutMs: STATEMENT_TIMEOUT_MS },
  );
  try {
    await migrate(pool);
    await pool.query(
      'CREATE TABLE IF NOT EXISTS public.api_bench (until timestamptz NOT NULL, refreshed boolean NOT NULL)',
    );
    const { rows } = await pool.query<{ until: Date; refreshed: boolean }>(
      'SELECT until, refreshed FROM public.api_bench',
    );
    // In the middle of an hour, so that an hour and a day are open.
    const until = rows[0]?.until.getTime() ?? Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS / 2;
    if (rows.length === 0)
      await pool.query('INSERT INTO public.api_bench VALUES ($1, false)', [new Date(until)]);
    if (rows[0]?.refreshed === true) return until;
    for (const stretch of month(until, RECENT_SECONDS, HISTORY_SECONDS))
      if (!(await isLoaded(pool, stretch)))
        progress(`stored ${grouped(await loadPoints(pool, stretch, METRICS))} points`);
    await refreshAll(pool, until - 30 * 24 * HOUR_MS, until, progress);
    await pool.query('UPDATE public.api_bench SET refreshed = true');
    progress('refreshed the roll-ups');
    return until;
  } finally {
    await pool.end();
  }
}

/** Each is stored in one statement: all of it, or nothing. */
async function isLoaded(pool: Pool, { from, to }: Stretch): Promise<boolean> {
  const { rows } = await pool.query<{ loaded: boolean }>(
    'SELECT EXISTS (SELECT FROM tactus.metric_points WHERE time >= $1 AND time < $2) AS loaded',
    [new Date(from), new Date(to)],
  );
  return rows[0]?.loaded === true;
}
