import type { Alert, Anomaly, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import { counted, type FileKind } from '../files/file-kind.js';
import {
  boolean,
  document,
  duration,
  listOf,
  mapOf,
  mapping,
  number,
  oneOf,
  text,
} from '../files/readers.js';
import type { Fields, Reader } from '../files/value.js';
import { readYaml } from '../files/yaml-file.js';
import { seriesKey } from '../wire/series.js';
import { Backtest, type BacktestOptions } from './backtest.js';
import { ANOMALY_FIGURES, INTEGERS } from './rules/condition.js';
import { namedTexts } from './rules/named-texts.js';
import { FLAPPING_ANNOTATION, type Rule } from './rules/rule.js';

/** Figures of a window that a test may give beside its mean; the others follow from it. */
const OWN_FIGURES = ['count', 'sum', 'min', 'max', 'stddev', 'first', 'last', 'distinct'] as const;
type OwnFigure = (typeof OWN_FIGURES)[number];
/** For each window in turn; null where there is none. */
type Figures = readonly (number | null)[];

/** A series of a test: for each window in turn its mean, what its counters go up by, and other figures. */
interface TestSeries {
  readonly metric: string;
  readonly tenant: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly window: string;
  readonly means: Figures;
  readonly increases: Figures;
  readonly own: Readonly<Partial<Record<OwnFigure, Figures>>>;
  /** By the quantile, such as `0.95`. */
  readonly quantiles: ReadonlyMap<string, Figures>;
}

/** An anomaly of a test, which is found at a moment. */
interface TestAnomaly extends Omit<Anomaly, 'id' | 'window' | 'start' | 'end' | 'detectedAt'> {
  readonly atMs: Millis;
}

/** What is expected of one rule at a moment: every alert that is pending, firing or flapping then. */
interface Expectation {
  readonly atMs: Millis;
  readonly rule: string;
  readonly alerts: readonly {
    readonly state: string;
    readonly flapping: boolean | null;
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

/** What a recording rule is expected to have recorded at a moment. */
interface RecordedExpectation {
  readonly atMs: Millis;
  readonly metric: string;
  readonly tenant: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Null for nothing. */
  readonly value: number | null;
}

/** One test of a file. */
export interface RuleTest {
  readonly name: string;
  readonly intervalMs: Millis;
  /** The definition that its windows and anomalies are of. */
  readonly window: string;
  readonly series: readonly TestSeries[];
  readonly anomalies: readonly TestAnomaly[];
  readonly expected: readonly Expectation[];
  readonly recorded: readonly RecordedExpectation[];
}

const MAX_VALUES = 100_000;
/** Beyond it nothing is expected: each 10 s up to then are lived through. */
const MAX_LENGTH_MS = 30 * 86_400_000;

/** Runs a test; gives what is not as expected, in words. */
export function runRuleTest(rules: readonly Rule[], test: RuleTest, options: BacktestOptions): string[] {
  const { intervalMs, series, expected, recorded, anomalies } = test;
  const made: WindowAggregate[] = [];
  const backtest = new Backtest(rules, { ...options, recorded: (window) => made.push(window) });
  backtest.passUntil(0);
  const length = Math.max(0, ...series.map(lengthOf));
  const last = Math.max(
    length * intervalMs,
    ...[...expected, ...recorded, ...anomalies].map(({ atMs }) => atMs),
  );
  const live = new Map<string, Alert>();
  let seen = 0;
  const problems = expected.filter(({ atMs }) => atMs === 0).flatMap((one) => compare(one, []));
  // Whatever is at a moment between two windows belongs to the next.
  for (let at = intervalMs; at < last + intervalMs; at += intervalMs) {
    const n = at / intervalMs - 1;
    backtest.at(
      at,
      series.flatMap((one) => windowOf(one, n, intervalMs)),
      anomalies
        .filter(({ atMs }) => atMs > at - intervalMs && atMs <= at)
        .map((one, i) => anomalyOf(one, `${n}-${i}`, test)),
    );
    for (; seen < backtest.alerts.length; seen++) {
      const alert = backtest.alerts[seen] as Alert;
      if (alert.state === 'resolved' && !flaps(alert)) live.delete(alert.fingerprint);
      else live.set(alert.fingerprint, alert);
    }
    for (const expectation of expected)
      if (expectation.atMs > at - intervalMs && expectation.atMs <= at)
        problems.push(...compare(expectation, [...live.values()]));
  }
  return [...problems, ...recorded.flatMap((one) => compareRecorded(one, intervalMs, made))];
}

/** As promtool compares figures. */
const TOLERANCE = 1e-6;

function compareRecorded(
  { atMs, metric, tenant, tags, value }: RecordedExpectation,
  intervalMs: Millis,
  all: readonly WindowAggregate[],
): string[] {
  const key = seriesKey(tenant, metric, tags, null);
  const found = all.find(
    (one) =>
      one.end >= atMs &&
      one.end < atMs + intervalMs &&
      seriesKey(one.tenantId, one.metric, one.tags, null) === key,
  );
  const got = found?.mean ?? null;
  const isEqual =
    got === null || value === null
      ? got === value
      : Math.abs(got - value) <= TOLERANCE * Math.max(1, Math.abs(value));
  if (isEqual) return [];
  return [
    `at ${atMs / 1_000} s, ${metric} ${JSON.stringify(tags)}: expected ${value ?? 'nothing'}, got ${got ?? 'nothing'}`,
  ];
}

const flaps = ({ annotations }: Alert): boolean => annotations[FLAPPING_ANNOTATION] !== undefined;

function compare({ atMs, rule, alerts }: Expectation, live: readonly Alert[]): string[] {
  const found = live.filter((alert) => alert.rule === rule);
  const fits = (alert: Alert, wanted: Expectation['alerts'][number]) =>
    alert.state === wanted.state &&
    (wanted.flapping ?? flaps(alert)) === flaps(alert) &&
    Object.entries(wanted.labels).every(([name, value]) => alert.labels[name] === value);
  const missing = alerts.filter((wanted) => !found.some((alert) => fits(alert, wanted)));
  const extra = found.filter((alert) => !alerts.some((wanted) => fits(alert, wanted)));
  const when = `at ${atMs / 1_000} s, ${rule}`;
  return [
    ...missing.map((wanted) => `${when}: expected ${JSON.stringify(wanted)}, there is none`),
    ...extra.map(({ state, labels }) => `${when}: not expected: ${JSON.stringify({ state, labels })}`),
  ];
}

function lengthOf({ means, increases, own, quantiles }: TestSeries): number {
  return Math.max(
    ...[means, increases, ...Object.values(own), ...quantiles.values()].map(({ length }) => length),
  );
}

function windowOf(series: TestSeries, n: number, intervalMs: Millis): WindowAggregate[] {
  const { metric, tenant: tenantId, tags, window, means, increases } = series;
  const increase = increases[n] ?? null;
  const given = (all: readonly [name: string, figures: Figures][]) =>
    Object.fromEntries(
      all.flatMap(([name, figures]) => {
        const figure = figures[n] ?? null;
        return figure === null ? [] : [[name, figure] as const];
      }),
    );
  const own = given(Object.entries(series.own)) as Partial<Record<OwnFigure, number>>;
  const quantiles = given([...series.quantiles]);
  const others = [...Object.values(own), ...Object.values(quantiles)];
  if ((means[n] ?? increase ?? others[0] ?? null) === null) return [];
  const { count = 1 } = own;
  // A counter, and what is given by other figures alone, may do without.
  const mean = means[n] ?? (own.sum === undefined ? 0 : own.sum / Math.max(1, count));
  const same = { sum: mean * count, min: mean, max: mean, mean, first: mean, last: mean, stddev: 0 };
  const [start, end] = [n * intervalMs, (n + 1) * intervalMs];
  const rate = increase === null ? null : increase / (intervalMs / 1_000);
  return [
    {
      ...{ tenantId, metric, tags: { ...tags }, window, start, end, count },
      ...{ increase, rate, distinct: null, sketch: null, recordedBy: null, ...same, ...own },
      quantiles: series.quantiles.size === 0 ? null : quantiles,
      ...{ watermark: end, emittedAt: end },
    },
  ];
}

function anomalyOf(
  { atMs, ...anomaly }: TestAnomaly,
  id: string,
  { window, intervalMs }: Pick<RuleTest, 'window' | 'intervalMs'>,
): Anomaly {
  return { ...anomaly, id, window, start: atMs - intervalMs, end: atMs, detectedAt: atMs };
}

/**
 * Reads a file of tests in the manner of promtool's.
 *
 * @throws InvalidFileError naming every mistake with its place, value and what is allowed
 */
export function parseRuleTests(yaml: string, file: string): readonly RuleTest[] {
  return readYaml(yaml, file, tests).map(({ name, series, ...test }, i) => ({
    ...test,
    name: name ?? `test ${i + 1}`,
    series: series.map((one) => ({ ...one, window: test.window })),
  }));
}

/** Files of tests for alert rules, for `tactus check`. */
export const ruleTestsKind: FileKind = {
  name: 'tests of alert rules',
  keys: ['tests'],
  check: (yaml, file) => counted(parseRuleTests(yaml, file).length, 'test'),
};

const ANY = /./;

const NOTATION = 'numbers such as 20 95x4 _ 10+5x3';
const figures: Reader<Figures> = (value) => {
  // To YAML a single one is a number.
  if (typeof value.scalar === 'number' && Number.isFinite(value.scalar)) return [value.scalar];
  const notation = text(NOTATION, ANY)(value);
  return notation === null ? null : (expand(notation) ?? value.refuse(NOTATION));
};
const wholeFigures: Reader<Figures> = (value) => {
  const all = figures(value);
  const good = all?.every((one) => one === null || (Number.isSafeInteger(one) && one >= 0)) ?? true;
  return good ? all : value.refuse('whole numbers from 0 on, such as 20 95x4 _ 10+5x3');
};
const QUANTILE = /^(?:0(?:\.\d{1,6})?|1(?:\.0)?)$/;
const quantileFigures = mapOf(figures, {
  allowed: `a mapping of quantiles such as "0.95" to ${NOTATION}`,
  most: 20,
  name: (name) => (QUANTILE.test(name) ? null : 'must be named by a number from 0 to 1, as rules name it'),
});
/** What a series or an anomaly is of. */
const SUBJECT = ['metric', 'tenant', 'tags'];
const subjectOf = (fields: Fields) => ({
  metric: fields.required('metric', text('the name of a metric', ANY)),
  tenant: fields.optional('tenant', text('text', ANY), 'local'),
  tags: Object.fromEntries(fields.optional('tags', namedTexts([]), [])),
});

const series = mapping<Omit<TestSeries, 'window'>>(
  [...SUBJECT, 'values', 'increases', ...OWN_FIGURES, 'quantiles'],
  (fields) => {
    const { metric, tenant, tags } = subjectOf(fields);
    const increases = fields.optional('increases', figures, []);
    const own = OWN_FIGURES.filter((name) => fields.has(name)).map((name) => [
      name,
      fields.optional(name, INTEGERS.includes(name) ? wholeFigures : figures, []),
    ]);
    const quantiles = fields.optional('quantiles', quantileFigures, new Map<string, Figures>());
    // What is given by others may do without a mean.
    const isGiven = fields.has('increases') || own.length > 0 || fields.has('quantiles');
    const means = isGiven ? fields.optional('values', figures, []) : fields.required('values', figures);
    if (metric === null || means === null) return null;
    return { metric, tenant, tags, means, increases, own: Object.fromEntries(own), quantiles };
  },
);

const anomaly = mapping<TestAnomaly>(
  [...SUBJECT, 'at', ...ANOMALY_FIGURES, 'severity', 'detector', 'explanation'],
  (fields) => {
    const { metric, tenant: tenantId, tags } = subjectOf(fields);
    const atMs = fields.required('at', duration({ min: 1, max: MAX_LENGTH_MS }));
    const value = fields.optional('value', number(), 0);
    const expected = fields.optional('expected', number(), 0);
    const rest = {
      score: fields.optional('score', number(0, 1), 1),
      lower: fields.optional('lower', number(), expected),
      upper: fields.optional('upper', number(), expected),
      severity: fields.optional('severity', oneOf(['info', 'warning', 'critical']), 'warning'),
      detector: fields.optional('detector', text('the name of a detector', ANY), 'test'),
      explanation: fields.optional('explanation', text('text', ANY), ''),
    };
    return atMs === null || metric === null
      ? null
      : { ...rest, atMs, metric, tenantId, tags, value, expected };
  },
);

const expectedAlert = mapping(['state', 'flapping', 'labels'], (fields) => ({
  state: fields.optional('state', oneOf(['pending', 'firing', 'resolved']), 'firing'),
  flapping: fields.optional('flapping', boolean, null),
  labels: Object.fromEntries(fields.optional('labels', namedTexts([]), [])),
}));

const expectation = mapping<Expectation>(['at', 'rule', 'expect'], (fields) => {
  const atMs = fields.required('at', duration({ max: MAX_LENGTH_MS }));
  const rule = fields.required('rule', text('the name of a rule', ANY));
  const alerts = fields.optional('expect', listOf(expectedAlert, { allowed: 'a list of alerts' }), []);
  return atMs === null || rule === null ? null : { atMs, rule, alerts };
});

const recordedValue = mapping<RecordedExpectation>([...SUBJECT, 'at', 'value'], (fields) => {
  const { metric, tenant, tags } = subjectOf(fields);
  const atMs = fields.required('at', duration({ min: 1, max: MAX_LENGTH_MS }));
  const value = fields.optional('value', number(), null);
  return atMs === null || metric === null ? null : { atMs, metric, tenant, tags, value };
});

const tests = document(
  'tests',
  'a list of tests',
  listOf(
    mapping(['name', 'interval', 'window', 'series', 'anomalies', 'alerts', 'recorded'], (fields) => ({
      name: fields.optional('name', text('text', ANY), null),
      intervalMs: fields.optional('interval', duration({ min: 1_000, max: 3_600_000 }), 10_000),
      window: fields.optional('window', text('the name of a window definition', ANY), '10s'),
      series: fields.optional('series', listOf(series, { allowed: 'a list of series' }), []),
      anomalies: fields.optional('anomalies', listOf(anomaly, { allowed: 'a list of anomalies' }), []),
      expected: fields.optional('alerts', listOf(expectation, { allowed: 'a list of expectations' }), []),
      recorded: fields.optional(
        'recorded',
        listOf(recordedValue, { allowed: 'a list of recorded values' }),
        [],
      ),
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
    const last = Number(first ?? 0) + Number(more) * Number(step);
    if (means.length + count > MAX_VALUES || !Number.isFinite(last)) return null;
    for (let n = 0; n < count; n++) means.push(first === undefined ? null : Number(first) + n * Number(step));
  }
  return means;
}
