import type { Alert, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import { counted, type FileKind } from '../files/file-kind.js';
import { document, duration, listOf, mapping, oneOf, text } from '../files/readers.js';
import { readYaml } from '../files/yaml-file.js';
import { Backtest, type BacktestOptions } from './backtest.js';
import { namedTexts } from './rules/named-texts.js';
import type { Rule } from './rules/rule.js';

/** A series of a test: for each window in turn its mean, and what its counters go up by; null where there is none. */
interface TestSeries {
  readonly metric: string;
  readonly tenant: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly window: string;
  readonly means: readonly (number | null)[];
  readonly increases: readonly (number | null)[];
}

/** What is expected of one rule at a moment: every alert that is pending or firing then. */
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
/** Beyond it nothing is expected: each 10 s up to then are lived through. */
const MAX_LENGTH_MS = 30 * 86_400_000;

/** Runs a test; gives what is not as expected, in words. */
export function runRuleTest(rules: readonly Rule[], test: RuleTest, options: BacktestOptions): string[] {
  const { intervalMs, series, expected } = test;
  const backtest = new Backtest(rules, options);
  const length = Math.max(
    0,
    ...series.map(({ means, increases }) => Math.max(means.length, increases.length)),
  );
  const last = Math.max(length * intervalMs, ...expected.map(({ atMs }) => atMs));
  const live = new Map<string, Alert>();
  let seen = 0;
  const problems: string[] = [];
  for (let at = intervalMs; at <= last; at += intervalMs) {
    const n = at / intervalMs - 1;
    backtest.at(
      at,
      series.flatMap((one) => windowOf(one, n, intervalMs)),
    );
    for (; seen < backtest.alerts.length; seen++) {
      const alert = backtest.alerts[seen] as Alert;
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
  const increase = series.increases[n] ?? null;
  const mean = series.means[n] ?? (increase === null ? null : 0);
  if (mean === null) return [];
  const { metric, tenant: tenantId, tags, window } = series;
  const [start, end] = [n * intervalMs, (n + 1) * intervalMs];
  const same = { sum: mean, min: mean, max: mean, mean, first: mean, last: mean };
  const about = { tenantId, metric, tags: { ...tags }, window, start, end };
  const rate = increase === null ? null : increase / (intervalMs / 1_000);
  const counters = { increase, rate, distinct: null, sketch: null };
  const times = { watermark: end, emittedAt: end };
  return [{ ...about, ...same, count: 1, stddev: 0, quantiles: null, ...times, ...counters }];
}

/**
 * Reads a file of tests in the manner of promtool's.
 *
 * @throws InvalidFileError naming every mistake with its place, value and what is allowed
 */
export function parseRuleTests(yaml: string, file: string): readonly RuleTest[] {
  return readYaml(yaml, file, tests).map(({ name, window, series, ...test }, i) => ({
    ...test,
    name: name ?? `test ${i + 1}`,
    series: series.map((one) => ({ ...one, window })),
  }));
}

/** Files of tests for alert rules, for `tactus check`. */
export const ruleTestsKind: FileKind = {
  name: 'tests of alert rules',
  keys: ['tests'],
  check: (yaml, file) => counted(parseRuleTests(yaml, file).length, 'test'),
};

const ANY = /./;

const series = mapping<Omit<TestSeries, 'window'>>(
  ['metric', 'tenant', 'tags', 'values', 'increases'],
  (fields) => {
    const metric = fields.required('metric', text('the name of a metric', ANY));
    const tenant = fields.optional('tenant', text('text', ANY), 'local');
    const tags = Object.fromEntries(fields.optional('tags', namedTexts([]), []));
    const allowed = 'numbers such as 20 95x4 _ 10+5x3';
    const ofCounter = fields.optional('increases', text(allowed, ANY), null);
    // A counter may do without; its windows then have the mean 0.
    const ofValues =
      ofCounter === null
        ? fields.required('values', text(allowed, ANY))
        : fields.optional('values', text(allowed, ANY), '');
    if (metric === null || ofValues === null) return null;
    const [means, increases] = [ofValues, ofCounter ?? ''].map((notation) =>
      notation === '' ? [] : expand(notation),
    );
    if (!means) return fields.at('values').refuse(allowed);
    if (!increases) return fields.at('increases').refuse(allowed);
    return { metric, tenant, tags, means, increases };
  },
);

const expectedAlert = mapping(['state', 'labels'], (fields) => ({
  state: fields.optional('state', oneOf(['pending', 'firing']), 'firing'),
  labels: Object.fromEntries(fields.optional('labels', namedTexts([]), [])),
}));

const expectation = mapping<Expectation>(['at', 'rule', 'expect'], (fields) => {
  const atMs = fields.required('at', duration({ max: MAX_LENGTH_MS }));
  const rule = fields.required('rule', text('the name of a rule', ANY));
  const alerts = fields.optional('expect', listOf(expectedAlert, { allowed: 'a list of alerts' }), []);
  return atMs === null || rule === null ? null : { atMs, rule, alerts };
});

const tests = document(
  'tests',
  'a list of tests',
  listOf(
    mapping(['name', 'interval', 'window', 'series', 'alerts'], (fields) => ({
      name: fields.optional('name', text('text', ANY), null),
      intervalMs: fields.optional('interval', duration({ min: 1_000, max: 3_600_000 }), 10_000),
      window: fields.optional('window', text('the name of a window definition', ANY), '10s'),
      series: fields.optional('series', listOf(series, { allowed: 'a list of series' }), []),
      expected: fields.optional('alerts', listOf(expectation, { allowed: 'a list of expectations' }), []),
    })),
    { allowed: 'a list of tests' },
  ),
);

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
