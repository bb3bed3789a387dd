import type { Alert } from '../../../schemas/types.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import { createPool, type Pool } from '../../../shared/adapters/postgres/pool.js';
import { Backtest } from '../../../shared/alerting/backtest.js';
import { parseRuleTests, runRuleTest } from '../../../shared/alerting/rule-tests.js';
import {
  checkWindows,
  loadRules,
  loadWrittenRules,
  type WrittenRule,
} from '../../../shared/alerting/rules/rules-file.js';
import { type SeenWindows, unseen } from '../../../shared/alerting/rules/unseen.js';
import { historySql, type Moment, momentsOf } from '../../../shared/alerting/stored-history.js';
import { loadDefinitions } from '../../../shared/catalog/window-definitions.js';
import type { Millis } from '../../../shared/core/clock.js';
import { readNamed } from '../../../shared/files/read-text.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { retried } from '../../../shared/process/retried.js';

const STATEMENT_TIMEOUT_MS = 600_000;
/** History is read in pieces of this length. */
const PIECE_MS = 3_600_000;

/** What {@link checkRules} looks at beside the file. */
export interface CheckOptions {
  /** File of window definitions; default `WINDOWS_FILE`. */
  readonly windows?: string;
  /** Whether the database is asked which metrics and tags there are. */
  readonly seen?: boolean;
}

/**
 * Reads the rules of a file, and checks that their windows are defined.
 *
 * @returns also warnings, of metrics and tags that no window of the last day in the database has
 * @throws InvalidFileError naming every mistake with its place
 */
export async function checkRules(
  context: CommandContext,
  file: string,
  { windows = context.config.windowing.windowsFile, seen = false }: CheckOptions,
): Promise<{ rules: readonly WrittenRule[]; warnings: readonly string[] }> {
  const { rules, text } = loadWrittenRules(file);
  const names = loadDefinitions(windows).map(({ name }) => name);
  checkWindows(text, file, names);
  if (!seen) return { rules, warnings: [] };
  const pool = createPool({ ...context, name: 'rules-check' }, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  try {
    return { rules, warnings: unseen(rules, await retried(context, () => seenWindows(pool))) };
  } finally {
    await pool.end();
  }
}

/** The tags of all series of the last day, by what rules select them by. */
const SEEN_SQL = `
  SELECT tenant_id AS "tenantId", metric, "window", array_remove(array_agg(DISTINCT name), NULL) AS tags
  FROM (
    SELECT DISTINCT tenant_id, metric, "window", tags FROM tactus.windows WHERE start > now() - INTERVAL '1 day'
  ) AS series
  LEFT JOIN LATERAL jsonb_object_keys(tags) AS name ON true
  GROUP BY tenant_id, metric, "window"`;

async function seenWindows(pool: Pool): Promise<SeenWindows[]> {
  try {
    return (await pool.query<SeenWindows>(SEEN_SQL)).rows;
  } catch (error) {
    throw databaseError(error, 'reading windows');
  }
}

/** What came of one test: problems, none of which when it passed. */
export interface TestResult {
  readonly name: string;
  readonly problems: readonly string[];
}

/** Runs the tests of one file against the rules of another. */
export function testRules({ config }: CommandContext, rulesFile: string, testsFile: string): TestResult[] {
  const { rules } = loadRules(rulesFile);
  const options = { ...config.alerting, codecs: staticCodecs() };
  return parseRuleTests(readNamed('the file of tests', testsFile), testsFile).map((test) => ({
    name: test.name,
    problems: runRuleTest(rules, test, options),
  }));
}

export interface BacktestRange {
  /** Windows and anomalies that end after `from` and not after `to`. */
  readonly from: Millis;
  readonly to: Millis;
}

/**
 * Evaluates rules on the windows and anomalies in the database.
 *
 * @param changed called with each change of an alert, in order, as the history is read
 */
export async function backtestRules(
  context: CommandContext,
  file: string,
  { from, to }: BacktestRange,
  changed: (alert: Alert) => void,
): Promise<{ windows: number; fired: number; recorded: number }> {
  const backtest = new Backtest(loadRules(file).rules, {
    ...context.config.alerting,
    codecs: staticCodecs(),
  });
  const pool = createPool(
    { ...context, name: 'rules-backtest' },
    { statementTimeoutMs: STATEMENT_TIMEOUT_MS },
  );
  let reported = 0;
  const report = () => {
    for (; reported < backtest.alerts.length; reported++) changed(backtest.alerts[reported] as Alert);
  };
  backtest.passUntil(from);
  try {
    for (let at = from; at < to && !context.stopping.aborted; at += PIECE_MS) {
      const moments = await retried(context, () => momentsBetween(pool, at, Math.min(to, at + PIECE_MS)));
      for (const { time, windows, anomalies } of moments) backtest.at(time, windows, anomalies);
      report();
    }
    backtest.passUntil(to);
    report();
  } finally {
    await pool.end();
  }
  const { windows } = backtest.looked;
  const fired = backtest.alerts.filter(({ state }) => state === 'firing').length;
  return { windows, fired, recorded: backtest.recordings };
}

/** What ended after `from` and not after `to`, by the time of its end. */
async function momentsBetween(pool: Pool, from: Millis, to: Millis): Promise<Moment[]> {
  const read = async (table: 'windows' | 'anomalies') => {
    try {
      return (await pool.query<Record<string, unknown>>(historySql(`tactus.${table}`), [from, to])).rows;
    } catch (error) {
      throw databaseError(error, `reading ${table}`);
    }
  };
  return momentsOf(await read('windows'), await read('anomalies'));
}
