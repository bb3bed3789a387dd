import type { Alert, Anomaly, WindowAggregate } from '../../../schemas/types.js';
import { createPool } from '../../../shared/adapters/postgres/pool.js';
import { loadConfig } from '../../../shared/config/load.js';
import { TactusError } from '../../../shared/core/errors.js';
import { readNamed } from '../../../shared/files/read-text.js';
import { runCommand, say } from '../../../shared/process/command.js';
import { Backtest } from '../backtest.js';
import { sentenceOf } from '../notify/text.js';
import { parseRuleTests, runRuleTest } from '../rule-tests.js';
import { loadRules } from './rules-file.js';

const STATEMENT_TIMEOUT_MS = 600_000;
/** History is read in pieces of this length. */
const PIECE_MS = 3_600_000;
const TIMES = ['start', 'end', 'watermark', 'emittedAt', 'detectedAt'];

/** `tactus rules check FILE`: exit code 78 and every mistake with its place, or the rules. */
export async function checkRules(file: string): Promise<number> {
  return await runCommand('rules check', async () => {
    const { rules } = loadRules(file);
    for (const { name, on, severity, condition } of rules)
      say(`${name} (${on}, ${severity}): ${condition.source}`);
    say(`${file}: ${rules.length} rules, no mistake`);
    return 0;
  });
}

/** `tactus rules test RULES TESTS`: exit code 1 if a test fails. */
export async function testRules(rulesFile: string, testsFile: string): Promise<number> {
  return await runCommand('rules test', async ({ config }) => {
    const { rules } = loadRules(rulesFile);
    const tests = parseRuleTests(readNamed('the file of tests', testsFile), testsFile);
    let failed = 0;
    for (const test of tests) {
      const problems = runRuleTest(rules, test, config.alerting);
      say(`${problems.length === 0 ? 'ok' : 'FAILED'}  ${test.name}`);
      for (const problem of problems) say(`    ${problem}`);
      if (problems.length > 0) failed += 1;
    }
    say(`${tests.length - failed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  });
}

/** `tactus rules backtest FILE --from --to`: which alerts would have been told over what the database holds. */
export async function backtestRules(
  file: string,
  { from, to }: { from: string; to: string },
): Promise<number> {
  return await runCommand('rules backtest', async ({ config, log }) => {
    const [start, end] = [timeOf('--from', from), timeOf('--to', to)];
    const backtest = new Backtest(loadRules(file).rules, config.alerting);
    const pool = createPool(
      { config: loadConfig(), log, name: 'rules-backtest' },
      { statementTimeoutMs: STATEMENT_TIMEOUT_MS },
    );
    const read = async (table: string, at: number, until: number): Promise<Record<string, unknown>[]> => {
      const where = `"end" > to_timestamp($1 / 1000.0) AND "end" <= to_timestamp($2 / 1000.0)`;
      const sql = `SELECT * FROM tactus.${table} WHERE ${where} ORDER BY "end", tenant_id, metric`;
      return (await pool.query(sql, [at, until])).rows as Record<string, unknown>[];
    };
    let told = 0;
    let windows = 0;
    try {
      for (let at = start; at < end; at += PIECE_MS) {
        const until = Math.min(end, at + PIECE_MS);
        const moments = new Map<number, { windows: WindowAggregate[]; anomalies: Anomaly[] }>();
        const moment = (time: number) => {
          const found = moments.get(time) ?? { windows: [], anomalies: [] };
          moments.set(time, found);
          return found;
        };
        for (const row of (await read('windows', at, until)).map(fromRow<WindowAggregate>))
          moment(row.end).windows.push(row);
        for (const row of (await read('anomalies', at, until)).map(fromRow<Anomaly>))
          moment(row.end).anomalies.push(row);
        for (const [time, one] of [...moments].sort(([a], [b]) => a - b)) {
          windows += one.windows.length;
          backtest.at(time, one.windows, one.anomalies);
        }
        for (; told < backtest.alerts.length; told++) say(lineOf(backtest.alerts[told] as Alert));
      }
      backtest.passUntil(end);
      for (; told < backtest.alerts.length; told++) say(lineOf(backtest.alerts[told] as Alert));
    } finally {
      await pool.end();
    }
    const fired = backtest.alerts.filter(({ state }) => state === 'firing').length;
    say(`${windows} windows, ${fired} alerts would have fired`);
    return 0;
  });
}

/** A row as the value that it was stored from: names in camel case, times in milliseconds. */
function fromRow<T>(row: Record<string, unknown>): T {
  const entries = Object.entries(row).map(([column, value]) => {
    const name = column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (TIMES.includes(name)) return [name, (value as Date).getTime()];
    return [name, name === 'count' ? Number(value) : value];
  });
  return Object.fromEntries(entries) as T;
}

function lineOf(alert: Alert): string {
  const { state, rule, severity, startsAt, endsAt } = alert;
  return `${new Date(endsAt ?? startsAt).toISOString()} ${state} ${severity} ${rule}: ${sentenceOf(alert)}`;
}

function timeOf(option: string, text: string): number {
  const time = Date.parse(text);
  if (Number.isFinite(time)) return time;
  throw new TactusError(
    'TACTUS_CONFIG_INVALID',
    `${option} must be a time such as 2026-11-21T10:00:00Z: value was "${text}"`,
  );
}
