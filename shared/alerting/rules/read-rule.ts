import { globMatcher } from '../../core/glob.js';
import { MOST_OF_RULES } from '../../detection/candidates.js';
import { ANOMALY_SCORE } from '../../detection/detector.js';
import { ALL_MODELS, MODELS } from '../../detection/models.js';
import { duration, MAX_TEXT, mapOf, mapping, number, oneOf, text, texts } from '../../files/readers.js';
import type { Fields, Reader } from '../../files/value.js';
import {
  type AnomalyTerms,
  NAMED_SENSITIVITIES,
  type NamedSensitivity,
  problemOf,
  termsText,
} from './anomaly-terms.js';
import { compileCondition, isTaken } from './compile-condition.js';
import { ANOMALY_FIGURES, ANOMALY_TEXTS, type Condition, FIGURES, type RuleInput } from './condition.js';
import { readExpected } from './expected-series.js';
import { FLAP_THRESHOLDS, type FlapThresholds } from './flapping.js';
import { namedTexts } from './named-texts.js';
import { FAILING, type JoinedMetric, RESERVED_ANNOTATIONS, RESERVED_LABELS, type Rule } from './rule.js';
import { compileTemplate, type Template } from './template.js';

const KEYS = [
  'name',
  'on',
  'window',
  'metric',
  'metrics',
  'tenant',
  'expr',
  'model',
  'threshold',
  'sensitivity',
  'record',
  'values',
  'for',
  'keepFiringFor',
  'flapping',
  'staleAfter',
  'noData',
  'expected',
  'severity',
  'groupBy',
  'labels',
  'annotations',
];
const NAME = /^[A-Za-z0-9_.:-]{1,100}$/;
const name = text('1 to 100 of A-Z a-z 0-9 _ . : -', NAME);
const glob = text('1 to 200 characters, * for any run of them', /^.{1,200}$/);
const windowName = text('the name of a window definition', /^[^\p{Cc}|]{1,200}$/u);
/** Names that expressions can use, as far as CEL keeps none of them for itself. */
const IDENTIFIER =
  /^(?!(?:true|false|null|in|as|has|tags|metric|tenantId|value|quantiles|anomaly)$)[a-z][A-Za-z0-9_]*$/;
const isIdentifier = (one: string) => IDENTIFIER.test(one) && !isTaken(one);
const MAX_METRICS = 8;
/** A series has hardly more. */
const MAX_TAGS = 100;
/** Each is evaluated for each window. */
const MAX_VALUES = 50;
/** What says how an alert goes; a recording rule raises none. */
const OF_ALERTS = [
  'for',
  'keepFiringFor',
  'flapping',
  'staleAfter',
  'noData',
  'expected',
  'severity',
  'annotations',
];
const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** One rule. */
export const readRule: Reader<Rule> = mapping(KEYS, (fields) => {
  const record = fields.has('record') ? fields.required('record', metricToRecord) : null;
  // As with Prometheus, the metric names it.
  const isNamed = fields.has('name') || record === null || !NAME.test(record);
  const ruleName = isNamed ? fields.required('name', name) : record;
  if (ruleName?.startsWith(FAILING))
    fields.at(isNamed ? 'name' : 'record').refuse(`without the prefix ${FAILING}`);
  const source = fields.optional('on', oneOf(['window', 'anomaly']), 'window');
  const on: RuleInput = fields.has('metrics') ? 'join' : source;
  if (on === 'join' && source === 'anomaly') fields.wrong('metrics', 'is allowed with `on: window` only');
  if (on === 'join' && fields.has('metric')) fields.wrong('metric', 'is allowed without `metrics` only');
  const metrics = fields.has('metrics') ? fields.required('metrics', joinedMetrics) : NONE;
  const metric = fields.optional('metric', fields.has('record') ? metricName : glob, '*');
  const tenant = fields.optional('tenant', glob, '*');
  const window = on === 'anomaly' && !fields.has('window') ? null : fields.required('window', windowName);
  const noData = fields.optional('noData', oneOf(['resolve', 'keep', 'alert']), 'resolve');
  const values = namedValues(metrics ?? NONE);
  const named = fields.has('values') ? fields.required('values', values) : NONE;
  // Without them what they name would be unknown, which is not what is wrong.
  const names = metrics !== null && named !== null ? { on, metrics, named } : null;
  const terms = readTerms(fields, on);
  const records = fields.has('record');
  if (records)
    refuseOfAlerts(fields, on, record, [metric, ...[...(metrics ?? [])].map(([, one]) => one.metric)]);
  const condition = names && readCondition(fields, names, { terms, records, silence: noData === 'alert' });
  if (on === 'anomaly') {
    for (const key of ['for', 'keepFiringFor', 'flapping', 'noData'])
      if (fields.has(key))
        fields.wrong(key, 'is allowed with `on: window` only: an anomaly is an event, it does not hold');
  }
  const ofMetrics = [...(metrics ?? NONE).values()].map((one: JoinedMetric) => one.metric);
  const rule = {
    record: record === null ? null : { metric: record, tenant, reads: on === 'join' ? ofMetrics : [metric] },
    on,
    window,
    metric: globMatcher(metric),
    tenant: globMatcher(tenant),
    metrics: metrics ?? NONE,
    terms,
    forMs: fields.optional('for', duration(), 0),
    keepFiringForMs: fields.optional('keepFiringFor', duration(), 0),
    flapping: fields.at('flapping').scalar === false ? null : fields.optional('flapping', flapping, null),
    staleAfterMs: fields.optional('staleAfter', duration({ min: 1_000 }), null),
    noData,
    expected: readExpected(fields, { on, noData, metric, tenant }),
    severity: fields.optional('severity', oneOf(['info', 'warning', 'critical']), 'warning'),
    groupBy: fields.at('groupBy').scalar === 'series' ? null : fields.optional('groupBy', tagNames, null),
    labels: Object.fromEntries(fields.optional('labels', namedTexts(records ? [] : RESERVED_LABELS), [])),
    annotations: readAnnotations(fields, names && placeholders(names)),
  };
  if (ruleName === null || condition === null) return null;
  return { name: ruleName, alertName: ruleName, condition, ...rule };
});

const tagNames = texts('`series` or a list of different tag names', text(), MAX_TAGS);

/**
 * A recording rule has a value for each series, which is a series of the new metric: so whatever would make two of them
 * one is refused.
 */
function refuseOfAlerts(
  fields: Fields,
  on: RuleInput,
  record: string | null,
  reads: readonly string[],
): void {
  for (const key of OF_ALERTS)
    if (fields.has(key))
      fields.wrong(key, 'is allowed without `record` only: a recording rule raises no alert');
  if (fields.has('groupBy'))
    fields.wrong(
      'groupBy',
      'is allowed without `record` only: group by tags in the definition of the window',
    );
  if (on === 'anomaly') fields.wrong('record', 'is allowed with `on: window` only');
  if (on === 'window' && !fields.has('metric'))
    fields.wrong('metric', 'must be there with `record`: of several metrics there would be one series');
  if (record !== null && reads.includes(record))
    fields.wrong('record', 'must be another metric than the rule is made of');
}

const METRIC = 'the name of a metric, or { metric: NAME, default: NUMBER }';
const METRIC_NAME = /^[^\p{Cc}|*?]{1,200}$/u;
const metricName = text(METRIC, METRIC_NAME);
const metricToRecord = text(
  'the name of a metric, such as checkout:error_rate:ratio, of 1 to 200 characters without |, * and ?',
  METRIC_NAME,
);
const metricWithDefault = mapping(['metric', 'default'], (fields) => {
  const metric = fields.required('metric', metricName);
  const fallback = fields.optional('default', number(), null);
  return metric === null ? null : { metric, fallback };
});
const metricsByName = mapOf<JoinedMetric>(
  (value) => {
    if (value.fields() !== null) return metricWithDefault(value);
    const metric = metricName(value);
    return metric === null ? null : { metric, fallback: null };
  },
  {
    allowed: 'a mapping of names to metrics',
    name: (one) =>
      isIdentifier(one) ? null : 'must be named by an identifier that is not taken, such as errors',
  },
);

const joinedMetrics: Reader<ReadonlyMap<string, JoinedMetric>> = (value) => {
  const metrics = metricsByName(value);
  if (metrics === null) return null;
  if (metrics.size < 2 || metrics.size > MAX_METRICS)
    return value.wrong(`must name 2 to ${MAX_METRICS} metrics`);
  if ([...metrics.values()].every(({ fallback }) => fallback !== null))
    return value.wrong('must hold one without `default`: without any of them there is nothing to evaluate');
  return metrics;
};

/** Expressions by the names that further expressions have for them. */
function namedValues(metrics: ReadonlyMap<string, unknown>): Reader<ReadonlyMap<string, string>> {
  const taken = (one: string) => metrics.has(one) || FIGURES.some((figure) => figure === one);
  const problem = 'must be named by an identifier that is not taken, such as error_rate';
  return mapOf(text('an expression in CEL'), {
    allowed: 'a mapping of names to expressions in CEL',
    most: MAX_VALUES,
    name: (one) => (isIdentifier(one) && !taken(one) ? null : problem),
  });
}

/** What stands for the condition that a rule does without. */
const [ALWAYS, NEVER] = ['true', 'false'];

/** What a rule's expressions and annotations may name. */
interface Names {
  readonly on: RuleInput;
  readonly metrics: ReadonlyMap<string, unknown>;
  readonly named: ReadonlyMap<string, string>;
}

function readCondition(
  fields: Fields,
  { on, metrics, named }: Names,
  {
    terms,
    records,
    silence,
  }: { readonly terms: AnomalyTerms | null; readonly records: boolean; readonly silence: boolean },
): Condition | null {
  const what = records ? 'an expression' : 'a condition';
  const expression = text(`${what} in CEL of 1 to ${MAX_TEXT} characters`);
  // A rule may be about silence alone, or about what a model finds.
  const otherwise = terms !== null ? ALWAYS : silence ? NEVER : null;
  const expr =
    otherwise === null ? fields.required('expr', expression) : fields.optional('expr', expression, otherwise);
  if (expr === null) return null;
  const condition = compileCondition({ on, expr, values: named, parts: [...metrics.keys()], records });
  if (!('message' in condition)) {
    if (terms !== null) return { ...condition, source: sourceOf(terms, expr) };
    return expr === NEVER ? { ...condition, source: 'no data' } : condition;
  }
  const { key, message, offset } = condition;
  const value =
    key === 'expr' ? fields.at('expr') : fields.at('values').fields()?.at(key.slice('values.'.length));
  value?.wrong(`${message}: value was ${JSON.stringify(value.scalar)}`, offset);
  return null;
}

const FLAPPING = 'true, false, or { high: PER CENT, low: PER CENT }';
const flapThresholds = mapping<FlapThresholds>(
  ['high', 'low'],
  (fields) => {
    const high = fields.optional('high', number(1, 99), FLAP_THRESHOLDS.high);
    const low = fields.optional('low', number(1, 99), Math.min(high, FLAP_THRESHOLDS.low));
    if (low > high) fields.wrong('low', `must be at most high, which is ${high}: value was ${low}`);
    return { high, low };
  },
  FLAPPING,
);
const flapping: Reader<FlapThresholds> = (value) =>
  value.scalar === true ? FLAP_THRESHOLDS : flapThresholds(value);

const sourceOf = (terms: AnomalyTerms, expr: string): string =>
  expr === ALWAYS ? termsText(terms) : `${termsText(terms)}, ${expr}`;

const SENSITIVITY_NAMES = Object.keys(NAMED_SENSITIVITIES) as NamedSensitivity[];
const sensitivity: Reader<number> = (value) => {
  const { scalar } = value;
  const named = SENSITIVITY_NAMES.find((one) => one === scalar);
  if (named !== undefined) return NAMED_SENSITIVITIES[named];
  const good = typeof scalar === 'number' && scalar >= 0 && scalar <= MOST_OF_RULES;
  return good
    ? scalar
    : value.refuse(`one of ${SENSITIVITY_NAMES.join(', ')}, or a number from 0 to ${MOST_OF_RULES}`);
};

const ANY_ANOMALY: AnomalyTerms = {
  ...{ model: ALL_MODELS, threshold: ANOMALY_SCORE, sensitivity: NAMED_SENSITIVITIES.medium },
};
const TERMS = ['model', 'threshold', 'sensitivity'] as const;

/** Which anomalies a rule is about; null where it does not say, and where what it says is wrong, which is reported. */
function readTerms(fields: Fields, on: RuleInput): AnomalyTerms | null {
  const given = TERMS.filter((key) => fields.has(key));
  if (given.length === 0) return null;
  if (on !== 'anomaly') {
    for (const key of given) fields.wrong(key, 'is allowed with `on: anomaly` only');
    return null;
  }
  const of = <T>(key: string, reader: Reader<T>, fallback: T) =>
    fields.has(key) ? fields.required(key, reader) : fallback;
  const model = of('model', oneOf(MODELS), ALL_MODELS);
  const threshold = of('threshold', number(0, 1), ANOMALY_SCORE);
  const readily = of('sensitivity', sensitivity, NAMED_SENSITIVITIES.medium);
  // Without them a condition would be missing, which is not what is wrong.
  if (model === null || threshold === null || readily === null) return ANY_ANOMALY;
  const terms = { model, threshold, sensitivity: readily };
  const problem = problemOf(terms);
  if (problem !== null) fields.wrong(...problem);
  return terms;
}

function placeholders({ on, metrics, named }: Names): string[] {
  const own = {
    window: ['metric', ...FIGURES],
    anomaly: ['metric', ...ANOMALY_FIGURES, ...ANOMALY_TEXTS, 'explanation'],
    join: [...metrics.keys()].flatMap((name) => FIGURES.map((figure) => `${name}.${figure}`)),
  }[on];
  return [...new Set(['value', 'tenantId', 'window', ...own, ...named.keys()])];
}

function readAnnotations(fields: Fields, names: readonly string[] | null): Record<string, Template> {
  const texts = fields.optional('annotations', namedTexts(RESERVED_ANNOTATIONS), []);
  const templates: Record<string, Template> = {};
  if (names === null) return templates;
  for (const [name, text] of texts) {
    const template = compileTemplate(text, names);
    if (typeof template === 'string') fields.at('annotations').fields()?.wrong(name, template);
    else templates[name] = template;
  }
  return templates;
}
