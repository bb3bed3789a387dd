import type { Alert } from '../../../schemas/types.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { Backtest, type BacktestOptions } from '../../../shared/alerting/backtest.js';
import { parseRuleTests, runRuleTest } from '../../../shared/alerting/rule-tests.js';
import { checkWindows, parseRules, parseWrittenRules } from '../../../shared/alerting/rules/rules-file.js';
import { type SeenWindows, unseen } from '../../../shared/alerting/rules/unseen.js';
import type { Moment } from '../../../shared/alerting/stored-history.js';
import { loadDefinitions } from '../../../shared/catalog/window-definitions.js';
import type { Millis } from '../../../shared/core/clock.js';
import { messageOf } from '../../../shared/core/errors.js';
import { InvalidFileError, type Mistake } from '../../../shared/files/mistakes.js';

/** Times of the configuration, which rules are evaluated with. */
export type Waits = Omit<BacktestOptions, 'codecs' | 'recorded'>;

/** What is evaluated in a thread of its own; texts are files as people write them. */
export type RuleTask =
  | {
      readonly kind: 'check';
      readonly rules: string;
      /** File of window definitions, which rules may name; empty for the shipped ones. */
      readonly windowsFile: string;
      /** What there is that rules may name; null where that is not asked for. */
      readonly seen: readonly SeenWindows[] | null;
    }
  | { readonly kind: 'test'; readonly rules: string; readonly tests: string; readonly waits: Waits }
  | { readonly kind: 'backtest'; readonly rules: string; readonly waits: Waits };

/** Of a backtest, in order; time passes from `from` on, and until `until` after the last. */
export interface History {
  readonly from: Millis;
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
  | {
      readonly kind: 'check';
      readonly rules: readonly CheckedRule[];
      readonly warnings: readonly string[];
    }
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
    if (task.kind === 'check') return { outcome: checked(task) };
    const rules = parseRules(task.rules, 'rules');
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
      history: ({ from, moments, until }) => {
        backtest.passUntil(from);
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

/** @throws InvalidFileError naming every mistake */
function checked({ rules, windowsFile, seen }: Extract<RuleTask, { kind: 'check' }>): RuleOutcome {
  const written = parseWrittenRules(rules, 'rules');
  const { names, problem } = windowNames(windowsFile);
  if (names !== null) checkWindows(rules, 'rules', names);
  return {
    kind: 'check',
    rules: written.map(({ rule: { name, on, severity, condition, record } }) => ({
      ...{ name, on, severity, record: record?.metric ?? null, expr: condition.source },
    })),
    warnings: [...(problem === null ? [] : [problem]), ...(seen === null ? [] : unseen(written, seen))],
  };
}

/** A mistake in the file of windows is none of rules. */
function windowNames(file: string): { names: readonly string[] | null; problem: string | null } {
  try {
    return { names: loadDefinitions(file).map(({ name }) => name), problem: null };
  } catch {
    return { names: null, problem: 'WINDOWS_FILE cannot be read: windows of rules are not checked' };
  }
}
