import { setTimeout as sleep } from 'node:timers/promises';
import { Pool as HttpPool } from 'undici';
import { createPool } from '../../../shared/adapters/postgres/pool.js';
import { loadConfig } from '../../../shared/config/load.js';
import { createLogger } from '../../../shared/process/logger.js';

/*
 * Who asks, in a process of its own with an IPC channel: at a fixed rate, whatever becomes of what was asked before. A time
 * runs from when a question is due, so that one that had to wait shows in full.
 */

/** To the process; each of `requests` or `statements` is asked in turn. */
export type Ask =
  | ({ readonly do: 'http'; readonly origin: string; readonly token: string } & Load & {
        readonly requests: readonly string[];
      })
  | ({ readonly do: 'sql'; readonly database: string; readonly sql: string } & Load & {
        readonly statements: readonly (readonly unknown[])[];
      });

export interface Load {
  readonly rate: number;
  /** Asked, and not counted. */
  readonly warmUp: number;
  readonly count: number;
}

/** Its answer. */
export interface Asked {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Of the last answer: bytes over HTTP, rows of a statement. */
  readonly size: number;
  readonly failed: number;
  /** Of the first one that failed. */
  readonly why: string | null;
}

/** As many as browsers of some users have open. */
const CONNECTIONS = 20;
/** As many as a process of ours has by default. */
const STATEMENTS_AT_ONCE = 4;

process.on('message', (ask: Ask) => {
  answer(ask).then(
    (asked) => process.send?.(asked),
    (error: unknown) => {
      throw error;
    },
  );
});

async function answer(ask: Ask): Promise<Asked> {
  if (ask.do === 'http') {
    const { origin, token, requests } = ask;
    const http = new HttpPool(origin, { connections: CONNECTIONS });
    try {
      return await atRate(ask, async (number) => {
        const path = requests[number % requests.length] as string;
        const headers = { authorization: `Bearer ${token}` };
        const { statusCode, body } = await http.request({ method: 'GET', path, headers });
        const text = await body.text();
        if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${text}`);
        return text.length;
      });
    } finally {
      await http.close();
    }
  }
  const { database, sql, statements } = ask;
  const config = loadConfig({
    DATABASE_URL: database,
    TACTUS_DATABASE_POOL_SIZE: String(STATEMENTS_AT_ONCE),
  });
  const pool = createPool(
    { config, log: createLogger('bench', 'silent'), name: 'bench' },
    { statementTimeoutMs: 60_000 },
  );
  try {
    return await atRate(ask, async (number) => {
      const values = statements[number % statements.length] as unknown[];
      return (await pool.query(sql, values)).rows.length;
    });
  } finally {
    await pool.end();
  }
}

async function atRate(
  { rate, warmUp, count }: Load,
  one: (number: number) => Promise<number>,
): Promise<Asked> {
  const times: number[] = [];
  let [size, failed, why] = [0, 0, null as string | null];
  const startedAt = performance.now();
  const all: Promise<void>[] = [];
  for (let number = 0; number < warmUp + count; number++) {
    const due = startedAt + (number * 1_000) / rate;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    all.push(
      one(number).then(
        (found) => {
          size = found;
          if (number >= warmUp) times.push(performance.now() - due);
        },
        (error: unknown) => {
          failed += 1;
          why ??= String(error);
        },
      ),
    );
  }
  await Promise.all(all);
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), size, failed, why };
}
