import type { Operations } from '../../../api/operations.js';
import { tagTexts } from '../../../api/tags.js';
import type { Component } from './component.js';

/** What a component asks for, but for its range. A link to a dashboard lets exactly this through. */
export type Question =
  | { readonly operation: 'GET /metrics/query'; readonly query: Operations['GET /metrics/query']['query'] }
  | {
      readonly operation: 'GET /metrics/aggregated';
      readonly query: Operations['GET /metrics/aggregated']['query'];
    };

export function questionOf(component: Component): Question {
  const { kind, metric = '', tags, aggregation = 'avg', by, top, band, compare } = component;
  const common = { metric, tag: tagTexts(tags), aggregation };
  if (kind !== 'kpi' && by === undefined)
    return { operation: 'GET /metrics/query', query: { ...common, ...(band === true && { band }) } };
  return {
    operation: 'GET /metrics/aggregated',
    query: {
      ...common,
      by: by ?? [],
      ...(top !== undefined && { top }),
      ...(compare !== undefined && { compare }),
    },
  };
}

const MINUTE_MS = 60_000;
/** Lengths of steps that a heatmap may have, in minutes. */
const STEPS_MIN = [1, 5, 10, 30, 60, 180, 360, 720, 1_440] as const;
const MOST_CELLS = 100;

/** The step of a heatmap: each of its cells has to be wide enough to point at. Null leaves it to the API. */
export function resolutionOf({ kind }: Pick<Component, 'kind'>, rangeMs: number): string | null {
  if (kind !== 'heatmap') return null;
  if (rangeMs <= MOST_CELLS * 10_000) return '10s';
  const step = STEPS_MIN.find((one) => rangeMs / (one * MINUTE_MS) <= MOST_CELLS) ?? STEPS_MIN.at(-1);
  return `${step}m`;
}

/** A series in a legend. */
export function seriesName(metric: string, tags: Readonly<Record<string, string>>): string {
  return tagTexts(tags).join(', ') || metric;
}
