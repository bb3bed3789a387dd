import { createHash } from 'node:crypto';
import type { RuleConfig } from '../../../schemas/types.js';
import type { Millis } from '../../core/clock.js';
import { TactusError } from '../../core/errors.js';
import { formatDuration, parseDuration } from '../../files/duration.js';
import type { Report } from '../../files/value.js';
import { readValues } from '../../files/yaml-file.js';
import { NAMED_SENSITIVITIES, type NamedSensitivity, nameOf } from './anomaly-terms.js';
import { FLAP_THRESHOLDS } from './flapping.js';
import { readRule } from './read-rule.js';
import type { Rule } from './rule.js';

/** Characters of an id that may not even be one. */
const MAX_SHOWN = 100;

/**
 * A rule from `control.rules`, read and checked as one from a file is.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID`, one line that names every problem with its key.
 */
export function ruleOf(config: RuleConfig): Rule {
  const rule = checked(config.id, valuesOf(config));
  const alertName = ownRuleName(config.tenantGlob, config.id);
  return alertName === null ? rule : { ...rule, alertName };
}

function checked(id: string, values: object): Rule {
  const problems: string[] = [];
  const report: Report = (_, key, what, offset) =>
    problems.push(`${key}${offset === undefined ? '' : ` (character ${offset + 1})`}: ${what}`);
  const rule = readValues(values, report, readRule);
  if (rule !== null) return rule;
  throw new TactusError('TACTUS_CONFIG_INVALID', `rule "${id.slice(0, MAX_SHOWN)}": ${problems.join('; ')}`);
}

/**
 * The id in `control.rules` of a rule that a tenant has made for itself: begins with a hash of the tenant, so that it
 * neither replaces nor switches off a rule of the same name of another tenant or of the file. Its alerts have the name alone.
 */
export function ownRuleId(tenantId: string, name: string): string {
  return `${createHash('sha256').update(tenantId).digest('hex').slice(0, NAMESPACE)}:${name}`;
}

/** The name of a rule by its id, if the tenant has made it for itself; null for any other rule. */
export function ownRuleName(tenantId: string, id: string): string | null {
  const name = id.slice(NAMESPACE + 1);
  return name !== '' && id === ownRuleId(tenantId, name) ? name : null;
}

/** The name of a rule by its id, as people of the tenant know it. */
export function shownRuleName(tenantId: string, id: string): string {
  return ownRuleName(tenantId, id) ?? id;
}

const NAMESPACE = 12;
/** Characters of the name of a tenant's own rule: with the hash of the tenant it is no longer than that of any rule. */
export const MAX_OWN_NAME = 100 - NAMESPACE - 1;

/** A rule as people write it, with the keys of the file. */
export interface RuleValues {
  readonly name: string;
  /** The metric of a recording rule. */
  readonly record?: string;
  readonly on?: RuleConfig['on'];
  readonly window?: string;
  readonly metric?: string;
  readonly metrics?: Readonly<
    Record<string, string | { readonly metric: string; readonly default?: number }>
  >;
  readonly expr?: string;
  /** Of anomalies: what finds them, from which score on, and how readily. */
  readonly model?: string;
  readonly threshold?: number;
  readonly sensitivity?: NamedSensitivity | number;
  readonly values?: Readonly<Record<string, string>>;
  readonly for?: string;
  readonly keepFiringFor?: string;
  /** Per cent of changes of state; true is as by default. */
  readonly flapping?: boolean | { readonly high?: number; readonly low?: number };
  readonly staleAfter?: string;
  readonly noData?: RuleConfig['noData'];
  readonly expected?: readonly {
    readonly metric?: string;
    readonly tags?: Readonly<Record<string, string>>;
  }[];
  readonly severity?: RuleConfig['severity'];
  readonly groupBy?: 'series' | readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * A rule that a tenant makes for itself, as a record of `control.rules`.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID`, one line that names every problem with its key
 */
export function ownRuleConfig(
  tenantId: string,
  values: RuleValues,
  { enabled, updatedAt }: { readonly enabled: boolean; readonly updatedAt: Millis },
): RuleConfig {
  if (/[*?]/.test(tenantId))
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      `rule "${values.name}": tenantId: must be without * and ?, which in a rule stand for other tenants too`,
    );
  if (values.groupBy?.length === 0)
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      `rule "${values.name}": groupBy: must name at least one tag: one alert of all series of a metric is for rules of the file`,
    );
  const { expected, flapping } = checked(values.name, { ...values, tenant: tenantId });
  const ms = (text: string | undefined) => (text === undefined ? null : parseDuration(text));
  const metrics = Object.entries(values.metrics ?? {}).map(([name, one]) => [
    name,
    typeof one === 'string'
      ? { metric: one, fallback: null }
      : { metric: one.metric, fallback: one.default ?? null },
  ]);
  const config: RuleConfig = {
    ...{ id: ownRuleId(tenantId, values.name), tenantGlob: tenantId, expression: values.expr ?? '' },
    ...{ on: values.on ?? 'window', window: values.window ?? null, metricGlob: values.metric ?? '*' },
    ...{ model: values.model ?? null, threshold: values.threshold ?? null },
    sensitivity: sensitivityOf(values.sensitivity),
    ...{ forMs: ms(values.for) ?? 0, keepFiringForMs: ms(values.keepFiringFor) ?? 0 },
    ...flapOf(flapping),
    ...{ staleAfterMs: ms(values.staleAfter), noData: values.noData ?? 'resolve' },
    ...{ metrics: Object.fromEntries(metrics), values: { ...values.values } },
    expected: expected.map(({ tags, ...series }) => ({ ...series, tags: { ...tags } })),
    ...{ record: values.record ?? null, severity: values.severity ?? 'warning' },
    groupBy: values.groupBy === undefined || values.groupBy === 'series' ? [] : [...values.groupBy],
    ...{ labels: { ...values.labels }, annotations: { ...values.annotations }, enabled, updatedAt },
  };
  ruleOf(config);
  return config;
}

function flapOf(thresholds: Rule['flapping']): Pick<RuleConfig, 'flapHigh' | 'flapLow'> {
  return { flapHigh: thresholds?.high ?? null, flapLow: thresholds?.low ?? null };
}

/** Of a record, as people write it. */
function flapValues({ flapHigh, flapLow }: RuleConfig): RuleValues['flapping'] | null {
  if (flapHigh === null && flapLow === null) return null;
  const { high, low } = FLAP_THRESHOLDS;
  if (flapHigh === high && flapLow === low) return true;
  return { ...(flapHigh !== null && { high: flapHigh }), ...(flapLow !== null && { low: flapLow }) };
}

function sensitivityOf(written: RuleValues['sensitivity']): number | null {
  if (written === undefined) return null;
  return typeof written === 'number' ? written : NAMED_SENSITIVITIES[written];
}

/** A tenant's own rule as people write it; {@link ownRuleConfig} makes the same record of it. */
export function ownRuleValues(config: RuleConfig): RuleValues {
  const { tenant: _, ...values } = valuesOf(config);
  const entries = Object.entries(values).filter(
    ([, value]) => value !== null && !(isMap(value) && Object.keys(value).length === 0),
  );
  const name = shownRuleName(config.tenantGlob, config.id);
  const { metrics, expected: __, ...rest } = Object.fromEntries(entries) as unknown as RuleValues;
  // Of the tenant itself, and of the metric that the rule names, if it names one.
  const expected = config.expected.map(({ metric, tags }) => ({
    ...(metric !== config.metricGlob && { metric }),
    tags,
  }));
  const own = { ...rest, name, ...(expected.length > 0 && { expected }) };
  if (metrics === undefined) return own;
  return {
    ...own,
    metrics: Object.fromEntries(
      Object.entries(config.metrics).map(([key, { metric, fallback }]) => [
        key,
        fallback === null ? metric : { metric, default: fallback },
      ]),
    ),
  };
}

const isMap = (value: unknown): value is object => typeof value === 'object' && !Array.isArray(value);

/** The keys of the file, left out where the record holds the default. */
function valuesOf(config: RuleConfig): Record<string, unknown> {
  const { id, expression, on, window, record, severity, labels, annotations, noData, expected } = config;
  const metrics = Object.entries(config.metrics).map(([name, { metric, fallback }]) => [
    name,
    { metric, default: fallback },
  ]);
  const duration = (ms: number | null) => {
    if (ms === null || ms === 0) return null;
    // Which is refused as such.
    return ms < 0 ? `${ms}ms` : formatDuration(ms);
  };
  return {
    name: id,
    record,
    on,
    window,
    tenant: config.tenantGlob,
    expr: expression === '' ? null : expression,
    ...{ model: config.model, threshold: config.threshold },
    sensitivity: config.sensitivity === null ? null : nameOf(config.sensitivity),
    for: duration(config.forMs),
    keepFiringFor: duration(config.keepFiringForMs),
    flapping: flapValues(config),
    staleAfter: duration(config.staleAfterMs),
    noData: noData === 'resolve' ? null : noData,
    expected:
      expected.length === 0 ? null : expected.map(({ tenantId, ...one }) => ({ tenant: tenantId, ...one })),
    // A recording rule has none, and the record always one.
    severity: record === null ? severity : null,
    groupBy: config.groupBy.length === 0 ? null : config.groupBy,
    labels,
    annotations: record === null || Object.keys(annotations).length > 0 ? annotations : null,
    values: config.values,
    ...(metrics.length === 0 ? { metric: config.metricGlob } : { metrics: Object.fromEntries(metrics) }),
  };
}
