import type { PlainPoint } from './plain-client.js';
import { increaseOver, pointsAround } from './recompute-increase.js';

/** A window as anybody would define it; the test's own idea, not the workers'. */
export interface Figures {
  count: number;
  sum: number;
  min: number;
  max: number;
  mean: number;
  stddev: number;
  first: number;
  last: number;
  /** Null without counters. */
  increase: number | null;
  rate: number | null;
}

export interface LateReport {
  readonly point: PlainPoint;
  readonly missed: readonly { window: string; start: number }[];
}

const DEFINITIONS = [
  { name: '10s', size: 10_000, advance: 10_000 },
  { name: '1m', size: 60_000, advance: 10_000 },
];

export function windowKey(
  tenantId: string,
  metric: string,
  tags: Record<string, string>,
  window: string,
  start: number,
): string {
  const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([tenantId, metric, sorted, window, start]);
}

/** Of windowing, by default. */
const IDLE_MS = 3_600_000;

/** All windows of the points, in the order of the log, less what `late` says was missed. */
export function recompute(points: readonly PlainPoint[], late: readonly LateReport[]): Map<string, Figures> {
  const missed = new Set<string>();
  for (const { point, missed: windows } of late)
    for (const { window, start } of windows) missed.add(`${point.tenantId}/${point.id}/${window}/${start}`);
  const counters = new Map<string, PlainPoint[]>();
  for (const point of points)
    if (point.kind === 'cumulative') {
      const key = windowKey(point.tenantId, point.metric, point.tags, '', 0);
      counters.set(key, [...(counters.get(key) ?? []), point]);
    }
  for (const all of counters.values()) all.sort((a, b) => a.timestamp - b.timestamp);

  const members = new Map<string, PlainPoint[]>();
  for (const point of points) {
    for (const { name, size, advance } of DEFINITIONS) {
      for (
        let start = Math.floor(point.timestamp / advance) * advance;
        start > point.timestamp - size;
        start -= advance
      ) {
        if (missed.has(`${point.tenantId}/${point.id}/${name}/${start}`)) continue;
        const key = windowKey(point.tenantId, point.metric, point.tags, name, start);
        const list = members.get(key);
        if (list === undefined) members.set(key, [point]);
        else list.push(point);
      }
    }
  }
  return new Map(
    [...members].map(([key, list]) => {
      const { tenantId, metric, tags } = list[0] as PlainPoint;
      const [, , , name, start] = JSON.parse(key) as [string, string, unknown, string, number];
      const size = DEFINITIONS.find((definition) => definition.name === name)?.size ?? 0;
      const sorted = counters.get(windowKey(tenantId, metric, tags, '', 0)) ?? [];
      const around = pointsAround(
        sorted,
        start,
        size,
        (point, from) => !missed.has(`${point.tenantId}/${point.id}/${name}/${from}`),
      );
      const counted = list.some(({ kind }) => kind === 'cumulative' || kind === 'delta');
      const added = list.filter(({ kind }) => kind === 'delta').reduce((sum, { value }) => sum + value, 0);
      const increase = counted ? added + increaseOver(around, start, IDLE_MS) : null;
      return [key, { ...figures(list), increase, rate: rateOf(increase, size) }];
    }),
  );
}

/** Per second. */
export function rateOf(increase: number | null, sizeMs: number): number | null {
  return increase === null ? null : increase / (sizeMs / 1_000);
}

function figures(points: readonly PlainPoint[]): Omit<Figures, 'increase' | 'rate'> {
  const values = points.map(({ value }) => value);
  const count = values.length;
  const sum = values.reduce((a, b) => a + b, 0);
  const mean = sum / count;
  let first = points[0] as PlainPoint;
  let last = first;
  for (const point of points) {
    if (point.timestamp < first.timestamp) first = point;
    if (point.timestamp >= last.timestamp) last = point;
  }
  return {
    count,
    sum,
    min: Math.min(...values),
    max: Math.max(...values),
    mean,
    stddev: Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / count),
    first: first.value,
    last: last.value,
  };
}

const TOLERANCE = 1e-9;

/** Names of the figures that differ by more than 1e-9 of their size. */
export function differences(found: Figures, wanted: Figures): string[] {
  return (Object.keys(wanted) as (keyof Figures)[]).filter((name) => {
    const [a, b] = [found[name], wanted[name]];
    if (a === null || b === null) return a !== b;
    const scale = Math.max(Math.abs(a), Math.abs(b), Math.abs(wanted.max), Math.abs(wanted.min), 1e-300);
    return !(Math.abs(a - b) <= TOLERANCE * scale);
  });
}
