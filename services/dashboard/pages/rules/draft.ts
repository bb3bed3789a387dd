import type { Operations } from '../../api/operations.js';
import type { Severity } from '../../api/vocabulary.js';

/** A rule as it is sent. */
export type RuleBody = Operations['POST /rules']['body'];

/** What the form has: texts, as they are written. */
export interface Draft {
  readonly name: string;
  /** The metric of a recording rule; null for one that raises alerts. */
  readonly record: string | null;
  readonly on: 'window' | 'anomaly';
  readonly metric: string;
  readonly window: string;
  readonly expr: string;
  /** Of anomalies. */
  readonly model: NonNullable<RuleBody['model']>;
  readonly threshold: string;
  readonly sensitivity: string;
  readonly for: string;
  readonly keepFiringFor: string;
  /** Whether it is looked at by the usual per cents; others stay. */
  readonly flapping: boolean;
  readonly noData: 'resolve' | 'keep' | 'alert';
  readonly staleAfter: string;
  readonly severity: Severity;
  readonly groupBy: string;
  readonly summary: string;
  readonly runbook: string;
  readonly enabled: boolean;
  /** Of the rule, what the form has no field for; it stays. */
  readonly rest: Partial<RuleBody>;
}

export const NEW: Draft = {
  ...{ name: '', record: null, on: 'window', metric: '', window: '10s', expr: '' },
  flapping: false,
  ...{ model: 'anomaly_detector', threshold: '', sensitivity: '' },
  ...{ for: '30s', keepFiringFor: '', noData: 'resolve', staleAfter: '', severity: 'warning', groupBy: '' },
  ...{ summary: '', runbook: '', enabled: true, rest: {} },
};

/** Tags, in the field of the grouping. */
const SEPARATES = /[,\s]+/;

/** The form for a rule that is there. */
export function draftOf(rule: Partial<RuleBody> & { readonly name: string }): Draft {
  const { name, on, metric, window, expr, for: lasting, keepFiringFor, noData, staleAfter, severity } = rule;
  const { model = NEW.model, threshold, sensitivity = '' } = rule;
  const { groupBy, annotations = {}, enabled = true, labels, values, metrics, expected, flapping } = rule;
  const { summary = '', runbook_url: runbook = '', ...others } = annotations;
  const tags = Array.isArray(groupBy) ? groupBy : [];
  // Names with what separates them in the field stay beside it.
  const isWritable = !tags.some((tag) => SEPARATES.test(tag));
  return {
    ...NEW,
    ...{ name, enabled, summary, runbook, record: rule.record ?? null },
    on: on ?? 'window',
    metric: metric ?? '',
    window: window ?? '',
    expr: expr ?? '',
    ...{ model, threshold: String(threshold ?? ''), sensitivity: String(sensitivity) },
    for: lasting ?? '',
    keepFiringFor: keepFiringFor ?? '',
    flapping: flapping !== undefined && flapping !== false,
    noData: noData ?? 'resolve',
    staleAfter: staleAfter ?? '',
    severity: severity ?? 'warning',
    groupBy: isWritable ? tags.join(', ') : '',
    rest: {
      ...(!isWritable && { groupBy: tags }),
      ...(typeof flapping === 'object' && { flapping }),
      ...(labels !== undefined && { labels }),
      ...(values !== undefined && { values }),
      ...(metrics !== undefined && { metrics }),
      ...(expected !== undefined && { expected }),
      ...(Object.keys(others).length > 0 && { annotations: others }),
    },
  };
}

/** The rule that a form makes; what is empty is left out. */
export function ruleOf(draft: Draft): RuleBody {
  const { name, on, noData, severity, enabled } = draft;
  if (draft.record !== null) return recordingOf(draft, draft.record);
  const { flapping, expected, ...rest } = draft.rest;
  const texts = Object.entries({
    ...{ metric: draft.metric, expr: draft.expr, for: draft.for, keepFiringFor: draft.keepFiringFor },
    staleAfter: draft.staleAfter,
    ...(on === 'window' && { window: draft.window }),
  }).map(([key, text]) => [key, text.trim()] as const);
  const annotations = {
    ...rest.annotations,
    ...(draft.summary.trim() !== '' && { summary: draft.summary.trim() }),
    ...(draft.runbook.trim() !== '' && { runbook_url: draft.runbook.trim() }),
  };
  const groupBy = draft.groupBy.split(SEPARATES).filter((tag) => tag !== '');
  return {
    ...rest,
    ...{ name: name.trim(), on, severity },
    ...Object.fromEntries(texts.filter(([, text]) => text !== '')),
    ...(on === 'anomaly' && termsOf(draft)),
    ...(on === 'window' && draft.flapping && { flapping: flapping ?? true }),
    ...(noData !== 'resolve' && { noData }),
    ...(noData === 'alert' && expected !== undefined && { expected }),
    ...(groupBy.length > 0 && { groupBy }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(!enabled && { enabled }),
  };
}

/** Which anomalies it is about; what is no number stays as it is, and is refused as such. */
function termsOf({ expr, model, threshold, sensitivity }: Draft): Partial<RuleBody> {
  const number = (text: string) => (Number.isFinite(Number(text)) ? Number(text) : text);
  return {
    // Without a condition it is about any anomaly, and has to say so.
    ...((model !== NEW.model || expr.trim() === '') && { model }),
    ...(threshold.trim() !== '' && { threshold: number(threshold.trim()) }),
    ...(sensitivity.trim() !== '' && { sensitivity: number(sensitivity.trim()) }),
  } as Partial<RuleBody>;
}

/** About the other input: an anomaly is one by itself, and windows go on, which the usual `for` is for. */
export function lookingAt(draft: Draft, on: Draft['on']): Draft {
  const [before, after] = on === 'anomaly' ? [NEW.for, ''] : ['', NEW.for];
  return { ...draft, on, ...(draft.for === before && { for: after }) };
}

/** True once something of the condition is there, so that what is missing can be said. */
export const isBegun = ({ on, expr }: Draft): boolean => expr !== '' || on === 'anomaly';

/** What alerts have is left out, though the form may have it from before. */
function recordingOf({ name, enabled, rest, ...draft }: Draft, record: string): RuleBody {
  const { labels, values, metrics } = rest;
  const texts = Object.entries({ metric: draft.metric, expr: draft.expr, window: draft.window })
    .map(([key, text]) => [key, text.trim()] as const)
    .filter(([, text]) => text !== '');
  return {
    ...{ name: name.trim(), record: record.trim(), ...Object.fromEntries(texts) },
    ...(labels !== undefined && { labels }),
    ...(values !== undefined && { values }),
    ...(metrics !== undefined && { metrics }),
    ...(!enabled && { enabled }),
  };
}

/** A rules file with one rule of a tenant, as the API checks and evaluates it; one that is off would not be evaluated. */
export function rulesFile(rule: RuleBody, tenant: string): string {
  const { enabled: _, ...applied } = rule;
  // Whose series are expected is said by the tenant alone.
  return JSON.stringify({ rules: [{ ...applied, ...(rule.expected !== undefined && { tenant }) }] });
}

/** A threshold in a condition such as `mean > 300.0`: what a chart can draw, and what moving it writes. */
export function thresholdOf(expr: string): number | null {
  const [, number] = /^\s*[\w.]+\s*(?:>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)\s*$/.exec(expr) ?? [];
  return number === undefined ? null : Number(number);
}

/** What is on the scale of the points: a count of them is not, nor how unusual they are. */
const OF_POINTS = /^\s*(?:mean|min|max|first|last)\b/;

/** {@link thresholdOf}, where a chart of the points can draw it. */
export const thresholdOfPoints = (expr: string): number | null =>
  OF_POINTS.test(expr) ? thresholdOf(expr) : null;

/** The condition with another threshold, as a double. */
export function withThreshold(expr: string, value: number): string {
  const written = Number.isInteger(value) ? `${value}.0` : String(value);
  return expr.replace(/-?\d+(?:\.\d+)?\s*$/, written);
}
