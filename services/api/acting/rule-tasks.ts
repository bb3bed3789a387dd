import type { Alert } from '../../../schemas/types.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { Backtest, type BacktestOptions } from '../../../shared/alerting/backtest.js';
import { parseRuleTests, runRuleTest } from '../../../shared/alerting/rule-tests.js';
import { parseRules } from '../../../shared/alerting/rules/rules-file.js';
import type { Moment } from '../../../shared/alerting/stored-history.js';
import type { Millis } from '../../../shared/core/clock.js';
import { messageOf } from '../../../shared/core/errors.js';
import { InvalidFileError, type Mistake } from '../../../shared/files/mistakes.js';

/** Times of the configuration, which rules are evaluated with. */
export type Waits = Omit<BacktestOptions, 'codecs' | 'recorded'>;

/** What is evaluated in a thread of its own; texts are files as people write them. */
export type RuleTask =
  | { readonly kind: 'check'; readonly rules: string }
  | { readonly kind: 'test'; readonly rules: string; readonly tests: string; readonly waits: Waits }
  | { readonly kind: 'backtest'; readonly rules: string; readonly waits: Waits };

/** Of a backtest, in order; time passes until `until` after the last. */
export interface History {
  readonly moments: readonly Moment[];
  readonly until: Millis;
}

export interface CheckedRule {
  readonly name: string;
  readonly on: string;
  readonly severity: string;
  /** The metric of a recording rule. */
  readonly record: string | null;
  readonly expr: string;
}

export type RuleOutcome =
  | { readonly kind: 'check'; readonly rules: readonly CheckedRule[] }
  | {
      readonly kind: 'test';
      readonly tests: readonly { readonly name: string; readonly problems: readonly string[] }[];
    }
  | { readonly kind: 'backtest' }
  | {
      readonly kind: 'changes';
      readonly changes: readonly Alert[];
      /** How many windows and anomalies rules have looked at since the backtest began. */
      readonly looked: Backtest['looked'];
      /** How many values rules have recorded since then. */
      readonly recorded: number;
    }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly Mistake[] }
  | { readonly kind: 'failed'; readonly message: string };

/** Does a task. @returns its outcome, and for a backtest what takes history */
export function runTask(task: RuleTask): {
  readonly outcome: RuleOutcome;
  readonly history?: (history: History) => RuleOutcome;
} {
  try {
    const rules = parseRules(task.rules, 'rules');
    if (task.kind === 'check') {
      const checked = rules.map(({ name, on, severity, condition, record }) => ({
        name,
        on,
        severity,
        record: record?.metric ?? null,
        expr: condition.source,
      }));
      return { outcome: { kind: 'check', rules: checked } };
    }
    const options = { ...task.waits, codecs: staticCodecs() };
    if (task.kind === 'test') {
      const tests = parseRuleTests(task.tests, 'tests').map((test) => ({
        ...{ name: test.name, problems: runRuleTest(rules, test, options) },
      }));
      return { outcome: { kind: 'test', tests } };
    }
    const backtest = new Backtest(rules, options);
    return {
      outcome: { kind: 'backtest' },
      history: ({ moments, until }) => {
        for (const { time, windows, anomalies } of moments) backtest.at(time, windows, anomalies);
        backtest.passUntil(until);
        return {
          kind: 'changes',
          changes: backtest.alerts.splice(0),
          looked: backtest.looked,
          recorded: backtest.recordings,
        };
      },
    };
  } catch (error) {
    if (error instanceof InvalidFileError) return { outcome: { kind: 'mistakes', mistakes: error.mistakes } };
    return { outcome: { kind: 'failed', message: messageOf(error) } };
  }
}
