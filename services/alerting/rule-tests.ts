import { isMap } from 'yaml';
import type { Alert, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import { must, ValueReader } from '../../shared/files/value-reader.js';
import { YamlSource } from '../../shared/files/yaml-source.js';
import { Backtest, type BacktestOptions } from './backtest.js';
import type { Rule } from './rules/rule.js';

/** A series of a test: the mean of each window in turn, null where there is none. */
interface TestSeries {
  readonly metric: string;
  readonly tenant: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly window: string;
  readonly means: readonly (number | null)[];
}

/** What has to be told at a moment, of one rule: every alert that is pending or firing then. */
interface Expectation {
  readonly atMs: Millis;
  readonly rule: string;
  readonly alerts: readonly { readonly state: string; readonly labels: Readonly<Record<string, string>> }[];
}

/** One test of a file. */
export interface RuleTest {
  readonly name: string;
  readonly intervalMs: Millis;
  readonly series: readonly TestSeries[];
  readonly expected: readonly Expectation[];
}

const MAX_VALUES = 100_000;

/** Runs a test; gives what is not as expected, in words. */
export function runRuleTest(rules: readonly Rule[], test: RuleTest, options: BacktestOptions): string[] {
  const { intervalMs, series, expected } = test;
  const rehearsal = new Backtest(rules, options);
  const length = Math.max(0, ...series.map(({ means }) => means.length));
  const last = Math.max(length * intervalMs, ...expected.map(({ atMs }) => atMs));
  const live = new Map<string, Alert>();
  let told = 0;
  const problems: string[] = [];
  for (let at = intervalMs; at <= last; at += intervalMs) {
    const n = at / intervalMs - 1;
    rehearsal.at(
      at,
      series.flatMap((one) => windowOf(one, n, intervalMs)),
    );
    for (; told < rehearsal.alerts.length; told++) {
      const alert = rehearsal.alerts[told] as Alert;
      if (alert.state === 'resolved') live.delete(alert.fingerprint);
      else live.set(alert.fingerprint, alert);
    }
    for (const expectation of expected)
      if (expectation.atMs > at - intervalMs && expectation.atMs <= at)
        problems.push(...compare(expectation, [...live.values()]));
  }
  return problems;
}

function compare({ atMs, rule, alerts }: Expectation, live: readonly Alert[]): string[] {
  const found = live.filter((alert) => alert.rule === rule);
  const fits = (alert: Alert, wanted: Expectation['alerts'][number]) =>
    alert.state === wanted.state &&
    Object.entries(wanted.labels).every(([name, value]) => alert.labels[name] === value);
  const missing = alerts.filter((wanted) => !found.some((alert) => fits(alert, wanted)));
  const extra = found.filter((alert) => !alerts.some((wanted) => fits(alert, wanted)));
  const when = `at ${atMs / 1_000} s, ${rule}`;
  return [
    ...missing.map((wanted) => `${when}: expected ${JSON.stringify(wanted)}, there is none`),
    ...extra.map(({ state, labels }) => `${when}: not expected: ${JSON.stringify({ state, labels })}`),
  ];
}

function windowOf(series: TestSeries, n: number, intervalMs: Millis): WindowAggregate[] {
  const mean = series.means[n] ?? null;
  if (mean === null) return [];
  const { metric, tenant: tenantId, tags, window } = series;
  const [start, end] = [n * intervalMs, (n + 1) * intervalMs];
  const same = { sum: mean, min: mean, max: mean, mean, first: mean, last: mean };
  const about = { tenantId, metric, tags: { ...tags }, window, start, end };
  return [{ ...about, ...same, count: 1, stddev: 0, quantiles: null, watermark: end, emittedAt: end }];
}

/**
 * Reads a file of tests in the manner of promtool's.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` naming file, line, column, key and what is allowed
 */
export function parseRuleTests(text: string, file: string): RuleTest[] {
  const source = new YamlSource(text, file);
  const tests = source.list('tests', 'tests').map((item, index): RuleTest => {
    if (!isMap(item)) return source.refuse(item, 'must be a test with name, series and alerts');
    const values = source.valuesOf(item);
    const read = new ValueReader(values, source.complainer(item, `test ${index + 1}`));
    read.onlyKeys(['name', 'interval', 'window', 'series', 'alerts']);
    const window = read.text('window', 'the name of a window definition', /./, '10s');
    return {
      name: read.text('name', 'text', /./, `test ${index + 1}`),
      intervalMs: read.duration('interval', 1_000) ?? 10_000,
      series: entries(read, values, 'series').map((each) => readSeries(each, window, read)),
      expected: entries(read, values, 'alerts').map((each) => readExpectation(each, read)),
    };
  });
  source.finish();
  return tests;
}

function entries(read: ValueReader, values: Record<string, unknown>, key: string): Record<string, unknown>[] {
  const value = values[key] ?? [];
  if (Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null)) return value;
  read.wrong(key, must('a list of mappings', value));
  return [];
}

function readSeries(values: Record<string, unknown>, window: string, read: ValueReader): TestSeries {
  const own = new ValueReader(values, (key, what) => read.wrong('series', `${key}: ${what}`));
  own.onlyKeys(['metric', 'tenant', 'tags', 'values']);
  const notation = own.text('values', 'numbers such as 20 95x4 _ 10+5x3', /./);
  const means = expand(notation);
  if (means === null) own.wrong('values', must('numbers such as 20 95x4 _ 10+5x3', notation));
  return {
    metric: own.text('metric', 'the name of a metric', /./),
    tenant: own.text('tenant', 'text', /./, 'local'),
    tags: Object.fromEntries(own.namedTexts('tags', [])),
    window,
    means: means ?? [],
  };
}

function readExpectation(values: Record<string, unknown>, read: ValueReader): Expectation {
  const own = new ValueReader(values, (key, what) => read.wrong('alerts', `${key}: ${what}`));
  own.onlyKeys(['at', 'rule', 'expect']);
  if (!own.has('at')) own.wrong('at', 'is missing; must be a duration such as 1m30s');
  const alerts = entries(own, values, 'expect').map((each) => {
    const alert = new ValueReader(each, (key, what) => own.wrong('expect', `${key}: ${what}`));
    alert.onlyKeys(['state', 'labels']);
    const state = alert.choice('state', ['pending', 'firing'], 'firing');
    return { state, labels: Object.fromEntries(alert.namedTexts('labels', [])) };
  });
  return { atMs: own.duration('at') ?? 0, rule: own.text('rule', 'the name of a rule', /./), alerts };
}

/** promtool's notation: `5`, `_` for none, `5x3` for 5 and three more, `5+2x3` for 5 7 9 11, `_x3` for three none. */
export function expand(notation: string): (number | null)[] | null {
  const means: (number | null)[] = [];
  for (const part of notation.trim().split(/\s+/)) {
    const match = /^(?:_(?:x(\d+))?|(-?\d+(?:\.\d+)?)(?:([+-]\d+(?:\.\d+)?)?x(\d+))?)$/.exec(part);
    if (match === null) return null;
    const [, gaps = '1', first, step = '0', more = '0'] = match;
    const count = first === undefined ? Number(gaps) : Number(more) + 1;
    if (means.length + count > MAX_VALUES) return null;
    for (let n = 0; n < count; n++) means.push(first === undefined ? null : Number(first) + n * Number(step));
  }
  return means;
}
