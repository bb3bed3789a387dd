import type { Alert } from '../../../schemas/types.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import { createPool, type Pool } from '../../../shared/adapters/postgres/pool.js';
import { Backtest } from '../../../shared/alerting/backtest.js';
import { parseRuleTests, runRuleTest } from '../../../shared/alerting/rule-tests.js';
import { loadRules } from '../../../shared/alerting/rules/rules-file.js';
import { historySql, type Moment, momentsOf } from '../../../shared/alerting/stored-history.js';
import type { Millis } from '../../../shared/core/clock.js';
import { readNamed } from '../../../shared/files/read-text.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { retried } from '../../../shared/process/retried.js';

const STATEMENT_TIMEOUT_MS = 600_000;
/** History is read in pieces of this length. */
const PIECE_MS = 3_600_000;

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
): Promise<{ windows: number; fired: number }> {
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
  return { windows, fired: backtest.alerts.filter(({ state }) => state === 'firing').length };
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
