import type { QueryData } from '../../../../../services/api/prometheus/result.js';

/** What a query gave: data, or the kind of its error. */
export type Outcome =
  | { readonly data: QueryData; readonly error: null }
  | { readonly data: null; readonly error: { readonly type: string; readonly message: string } };

/** How far values may lie apart: sums are not added up in the same order everywhere. */
const TOLERANCE = 1e-9;

function isClose(a: string, b: string): boolean {
  if (a === b) return true;
  const [x, y] = [Number(a.replace('Inf', 'Infinity')), Number(b.replace('Inf', 'Infinity'))];
  return Math.abs(x - y) <= TOLERANCE * Math.max(1e-3, Math.abs(x), Math.abs(y));
}

type Points = readonly (readonly [number, string])[];

function pointsDiffer(ours: Points, theirs: Points): string | null {
  if (ours.length !== theirs.length) return `${ours.length} points instead of ${theirs.length}`;
  for (const [i, [time, value]] of ours.entries()) {
    const [otherTime, otherValue] = theirs[i] ?? [Number.NaN, ''];
    if (time !== otherTime || !isClose(value, otherValue))
      return `${value} at ${time} instead of ${otherValue} at ${otherTime}`;
  }
  return null;
}

const keyOf = (metric: Readonly<Record<string, string>>) =>
  JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1)));

function seriesOf(data: QueryData): readonly (readonly [key: string, points: Points])[] {
  switch (data.resultType) {
    case 'vector':
      return data.result.map(({ metric, value }) => [keyOf(metric), [value]]);
    case 'matrix':
      return data.result.map(({ metric, values }) => [keyOf(metric), values]);
    default:
      return [['', [data.result]]];
  }
}

/**
 * What differs between two outcomes; null for nothing.
 *
 * @param isOrdered whether the order of the values matters
 */
export function difference(ours: Outcome, theirs: Outcome, isOrdered: boolean): string | null {
  if (ours.error !== null || theirs.error !== null) {
    if (ours.error?.type === theirs.error?.type) return null;
    const told = ({ error }: Outcome) => (error === null ? 'an answer' : `${error.type}: ${error.message}`);
    return `${told(ours)} instead of ${told(theirs)}`;
  }
  if (ours.data.resultType !== theirs.data.resultType)
    return `${ours.data.resultType} instead of ${theirs.data.resultType}`;
  const [own, others] = [seriesOf(ours.data), seriesOf(theirs.data)];
  const found = new Map(own);
  if (own.length !== others.length || found.size !== own.length)
    return `${own.length} series instead of ${others.length}: ${own.map(([key]) => key)} instead of ${others.map(([key]) => key)}`;
  for (const [key, points] of others) {
    const same = found.get(key);
    if (same === undefined) return `no series ${key}, but ${[...found.keys()]}`;
    const differs = pointsDiffer(same, points);
    if (differs !== null) return `${key}: ${differs}`;
  }
  if (!isOrdered) return null;
  // Equal values may come in any order.
  const values = (all: typeof own): Points => all.map(([, [point]]) => point ?? [0, '']);
  return pointsDiffer(values(own), values(others));
}
