import type { PlainPoint } from './plain-client.js';

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

/** All windows of the points, in the order of the log, less what `late` says was missed. */
export function recompute(points: readonly PlainPoint[], late: readonly LateReport[]): Map<string, Figures> {
  const missed = new Set<string>();
  for (const { point, missed: windows } of late)
    for (const { window, start } of windows) missed.add(`${point.tenantId}/${point.id}/${window}/${start}`);

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
  return new Map([...members].map(([key, list]) => [key, figures(list)]));
}

function figures(points: readonly PlainPoint[]): Figures {
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
    const scale = Math.max(Math.abs(a), Math.abs(b), Math.abs(wanted.max), Math.abs(wanted.min), 1e-300);
    return !(Math.abs(a - b) <= TOLERANCE * scale);
  });
}
