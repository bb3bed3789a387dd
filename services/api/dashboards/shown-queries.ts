import type { Component } from './components.js';

type Texts = Readonly<Record<string, string>>;

/** A question about a metric, as the parameters of a route have it, but for its range. */
export interface MetricQuestion {
  readonly metric: string;
  readonly tags: Texts;
  readonly aggregation: string;
  /** Null asks for each series. */
  readonly by: readonly string[] | null;
  readonly top?: number | undefined;
  readonly band?: boolean | undefined;
  readonly compare?: string | undefined;
}

/** A question about alerts. */
export interface AlertQuestion {
  readonly state?: string | undefined;
  readonly severity?: string | undefined;
  readonly rule?: string | undefined;
  readonly labels: Texts;
}

/**
 * Whether one of the components asks the same. A narrower question is another one: the average of all hosts does not show which hosts
 * there are.
 */
export function showsMetric(components: readonly Component[], asked: MetricQuestion): boolean {
  return components.some((component) => {
    const { kind, metric, tags = {}, aggregation = 'avg', by, top, band = false, compare } = component;
    if (metric !== asked.metric || aggregation !== asked.aggregation || !sameTexts(tags, asked.tags))
      return false;
    const groups = kind === 'kpi' ? [] : (by ?? null);
    const hasGroups = groups === null || asked.by === null ? groups === asked.by : sameSet(groups, asked.by);
    if (!hasGroups || top !== asked.top) return false;
    return (band || asked.band !== true) && (asked.compare === undefined || asked.compare === compare);
  });
}

/** As {@link showsMetric}, of alerts. */
export function showsAlerts(components: readonly Component[], asked: AlertQuestion): boolean {
  return components.some(
    ({ kind, state, severity, rule, labels = {} }) =>
      kind === 'alerts' &&
      state === asked.state &&
      severity === asked.severity &&
      rule === asked.rule &&
      sameTexts(labels, asked.labels),
  );
}

function sameTexts(one: Texts, other: Texts): boolean {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && one[name] === other[name])
  );
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  const [a, b] = [new Set(one), new Set(other)];
  return a.size === b.size && [...a].every((text) => b.has(text));
}
