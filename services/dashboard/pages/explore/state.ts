import type { QueryChanges } from '../../address/query.js';
import { pairTexts } from '../../api/tags.js';
import { AGGREGATIONS, type Aggregation } from '../../api/vocabulary.js';
import { type Span, UNITS_MS, type Unit } from '../../time/moment.js';
import { triedOf } from './sensitivity.js';

/*
 * What Explore shows, as it stands in the address.
 */

export const VIEWS = ['chart', 'table', 'heatmap'] as const;
export type View = (typeof VIEWS)[number];

/** Name and value. */
export type Pair = readonly [name: string, value: string];

export interface ExploreState {
  readonly metric: string | null;
  readonly tags: readonly Pair[];
  readonly aggregation: Aggregation;
  /** Null for each series of its own; empty for all in one. */
  readonly by: readonly string[] | null;
  readonly top: number | null;
  /** How far back an earlier period lies, such as `7d`; `period` for the one just before. */
  readonly compare: string | null;
  readonly view: View;
  readonly hasBand: boolean;
  /** The sensitivity that is tried on the band. */
  readonly tried: number | null;
  readonly threshold: number | null;
  /** What is to be explained. */
  readonly explain: Span | null;
}

/** In place of names of tags. */
export const ALL = '*';
const MOST_TAGS = 32;
export const MOST_BY = 8;
const MOST_TOP = 100;

/** What cannot be read is as if it were not there. */
export function stateOf(query: URLSearchParams): ExploreState {
  const tags = query.getAll('tag').flatMap((text): Pair[] => {
    const [name = '', ...value] = text.split('=');
    return name === '' || value.length === 0 ? [] : [[name, value.join('=')]];
  });
  const by = query.getAll('by').filter((name) => name !== '');
  const top = Number(query.get('top'));
  const threshold = Number(query.get('threshold') || 'none');
  const [start, end] = (query.get('explain') ?? '').split('-').map(Number);
  return {
    metric: query.get('metric') || null,
    tags: tags.slice(0, MOST_TAGS),
    aggregation: AGGREGATIONS.find((one) => one === query.get('agg')) ?? 'avg',
    by: by.length === 0 ? null : by.filter((name) => name !== ALL).slice(0, MOST_BY),
    top: Number.isInteger(top) && top >= 1 && top <= MOST_TOP ? top : null,
    compare: /^(period|\d{1,4}[mhdw])$/.test(query.get('compare') ?? '') ? query.get('compare') : null,
    view: VIEWS.find((one) => one === query.get('view')) ?? 'chart',
    hasBand: query.get('band') !== 'off',
    tried: triedOf(query),
    threshold: Number.isFinite(threshold) ? threshold : null,
    explain: start !== undefined && end !== undefined && end > start ? { start, end } : null,
  };
}

/** A filter more, or another value of one that is there. */
export const withTag = (tags: readonly Pair[], pair: Pair): QueryChanges => ({
  tag: pairTexts([...tags.filter(([name]) => name !== pair[0]), pair]),
});

export const withoutTag = (tags: readonly Pair[], name: string): QueryChanges => ({
  tag: pairTexts(tags.filter(([own]) => own !== name)),
});

/** Of another metric, whose tags are others. */
export const ofMetric = (metric: string): QueryChanges => ({
  metric,
  ...{ tag: null, by: null, top: null, threshold: null, explain: null, sensitivity: null },
});

interface Grouping extends Pick<ExploreState, 'by' | 'top'> {
  /** Of all series of the metric. */
  readonly tagNames: readonly string[];
}

/** Tags that the answer is grouped by; null where it has each series as it is. */
export function groupedBy({ by, top, tagNames }: Grouping): readonly string[] | null {
  // The highest of single series are those of groups by all tags.
  if (by === null && top !== null && tagNames.length > 0) return tagNames.slice(0, MOST_BY);
  return by;
}

/** How far back the earlier period lies: whole minutes, so that its steps are those of this one. */
export function backMs(compare: string, rangeMs: number): number {
  if (compare === 'period') return Math.max(1, Math.ceil(rangeMs / UNITS_MS.m)) * UNITS_MS.m;
  return Number(compare.slice(0, -1)) * UNITS_MS[compare.slice(-1) as Unit];
}
