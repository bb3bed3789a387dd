import { globMatcher } from '../../../shared/core/glob.js';
import { type Complain, MAX_TEXT, must, ValueReader } from '../../../shared/files/value-reader.js';
import {
  ANOMALY_FIGURES,
  ANOMALY_TEXTS,
  type Condition,
  compileCondition,
  FIGURES,
  type RuleInput,
} from './condition.js';
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
  'values',
  'for',
  'keepFiringFor',
  'staleAfter',
  'noData',
  'severity',
  'groupBy',
  'labels',
  'annotations',
];
const NAME = /^[A-Za-z0-9_.:-]{1,100}$/;
const GLOB = '1 to 200 characters, * for any run of them';
/** Names that expressions can use; CEL keeps none of them for itself. */
const IDENTIFIER =
  /^(?!(?:true|false|null|in|as|has|tags|metric|tenantId|value|quantiles|anomaly)$)[a-z][A-Za-z0-9_]*$/;
const MAX_METRICS = 8;

/** One rule from its YAML values; null if anything is wrong, all of which `complain` is told. */
export function readRule(values: Readonly<Record<string, unknown>>, complain: Complain): Rule | null {
  const read = new ValueReader(values, complain);
  read.onlyKeys(KEYS);
  const name = read.text('name', '1 to 100 of A-Z a-z 0-9 _ . : -', NAME);
  if (name.startsWith(FAILING)) read.wrong('name', must(`without the prefix ${FAILING}`, name));
  const source = read.choice('on', ['window', 'anomaly'], 'window');
  const metrics = readMetrics(read);
  const on: RuleInput = read.has('metrics') ? 'join' : source;
  if (on === 'join' && source === 'anomaly') read.wrong('metrics', 'is allowed with `on: window` only');
  if (on === 'join' && read.has('metric')) read.wrong('metric', 'is allowed without `metrics` only');
  const metric = read.text('metric', GLOB, /^.{1,200}$/, '*');
  const tenant = read.text('tenant', GLOB, /^.{1,200}$/, '*');
  const window =
    on === 'anomaly' && !read.has('window')
      ? null
      : read.text('window', 'the name of a window definition', /^[^\p{Cc}|]{1,200}$/u);
  const noData = read.choice('noData', ['resolve', 'keep', 'alert'], 'resolve');
  const named = readValues(read, metrics);
  const condition = readCondition(read, { on, metrics, named, silence: noData === 'alert' });
  const forMs = read.duration('for') ?? 0;
  if (on === 'anomaly') {
    for (const key of ['for', 'keepFiringFor', 'noData'])
      if (read.has(key))
        read.wrong(key, 'is allowed with `on: window` only: an anomaly is an event, it does not hold');
  }
  const keepFiringForMs = read.duration('keepFiringFor') ?? 0;
  const staleAfterMs = read.duration('staleAfter', 1_000);
  const severity = read.choice('severity', ['info', 'warning', 'critical'], 'warning');
  const groupBy =
    values.groupBy === 'series' ? null : read.texts('groupBy', '`series` or a list of different tag names');
  const labels = Object.fromEntries(read.namedTexts('labels', RESERVED_LABELS));
  const annotations = readAnnotations(read, placeholders(on, metrics, named));
  if (!read.good || condition === null) return null;
  return {
    name,
    alertName: name,
    on,
    window,
    metric: globMatcher(metric),
    tenant: globMatcher(tenant),
    metrics,
    condition,
    forMs,
    keepFiringForMs,
    staleAfterMs,
    noData,
    severity,
    groupBy,
    labels,
    annotations,
  };
}

function readMetrics(read: ValueReader): Map<string, JoinedMetric> {
  const allowed = 'the name of a metric, or { metric: NAME, default: NUMBER }';
  const metrics = read.mapping<JoinedMetric>('metrics', (name, value) => {
    const { metric, default: fallback = null } =
      typeof value === 'object' && value !== null
        ? (value as { metric?: unknown; default?: unknown })
        : { metric: value };
    const good =
      typeof metric === 'string' &&
      /^[^\p{Cc}|*?]{1,200}$/u.test(metric) &&
      (fallback === null || (typeof fallback === 'number' && Number.isFinite(fallback)));
    if (!IDENTIFIER.test(name)) read.wrong('metrics', must('named by an identifier, such as errors', name));
    else if (good) return { metric, fallback: fallback as number | null };
    else read.wrong(`metrics.${name}`, must(allowed, value));
    return null;
  });
  const fallbacks = [...metrics.values()].filter((one) => one.fallback !== null);
  if (read.has('metrics') && (metrics.size < 2 || metrics.size > MAX_METRICS))
    read.wrong('metrics', `must name 2 to ${MAX_METRICS} metrics`);
  else if (metrics.size > 0 && fallbacks.length === metrics.size)
    read.wrong('metrics', 'must hold one without `default`: without any of them there is nothing to judge');
  return metrics;
}

function readValues(read: ValueReader, metrics: ReadonlyMap<string, unknown>): Map<string, string> {
  const taken = (name: string) => metrics.has(name) || FIGURES.some((figure) => figure === name);
  return read.mapping('values', (name, value) => {
    if (!IDENTIFIER.test(name) || taken(name))
      read.wrong('values', must('named by an identifier that is not taken, such as error_rate', name));
    else if (typeof value === 'string' && value !== '' && value.length <= MAX_TEXT) return value;
    else read.wrong(`values.${name}`, must('an expression in CEL', value));
    return null;
  });
}

function readCondition(
  read: ValueReader,
  about: {
    on: RuleInput;
    metrics: ReadonlyMap<string, unknown>;
    named: ReadonlyMap<string, string>;
    silence: boolean;
  },
): Condition | null {
  const allowed = `a condition in CEL of 1 to ${MAX_TEXT} characters`;
  // A rule may be about silence alone.
  const fallback = about.silence ? 'false' : undefined;
  const expr = read.text('expr', allowed, new RegExp(`^[^]{1,${MAX_TEXT}}$`), fallback);
  if (expr === '') return null;
  const { on, metrics, named } = about;
  const condition = compileCondition({ on, expr, values: named, parts: [...metrics.keys()] });
  if (!('message' in condition)) return condition;
  const text = condition.key === 'expr' ? expr : named.get(condition.key.slice('values.'.length));
  read.wrong(condition.key, `${condition.message}: value was ${JSON.stringify(text)}`, condition.offset);
  return null;
}

function placeholders(
  on: RuleInput,
  metrics: ReadonlyMap<string, unknown>,
  values: ReadonlyMap<string, unknown>,
): string[] {
  const own = {
    window: ['metric', ...FIGURES],
    anomaly: ['metric', ...ANOMALY_FIGURES, ...ANOMALY_TEXTS, 'explanation'],
    join: [...metrics.keys()].flatMap((name) => FIGURES.map((figure) => `${name}.${figure}`)),
  }[on];
  return [...new Set(['value', 'tenantId', 'window', ...own, ...values.keys()])];
}

function readAnnotations(read: ValueReader, names: readonly string[]): Record<string, Template> {
  const templates: Record<string, Template> = {};
  for (const [name, text] of read.namedTexts('annotations', RESERVED_ANNOTATIONS)) {
    const template = compileTemplate(text, names);
    if (typeof template === 'string') read.wrong(`annotations.${name}`, template);
    else templates[name] = template;
  }
  return templates;
}
