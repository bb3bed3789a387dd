import { byLabels } from '../promql/evaluate/collected.js';
import type { Labels } from '../promql/model/labels.js';
import type { Series } from '../promql/model/series-source.js';
import type { Weighted } from './figures.js';
import { lengthOf, type Reading, type StoredPoints, widthOf } from './read-points.js';
import { labelsOf } from './series-catalog.js';

/** What two rows of one series and time make; of points, the later one remains. */
type Both = (a: Weighted, b: Weighted) => number;

/**
 * Series with their labels, in order of these. Tags with an empty value are the same as none, so two series of the database may
 * be one here.
 *
 * @param offsetMs added to each time
 */
export function asSeries(
  rows: readonly StoredPoints[],
  reading: Reading,
  offsetMs: number,
  both: Both | null,
): Series[] {
  const read = (row: StoredPoints) => numbersOf(row, reading, offsetMs);
  const byKey = new Map<string, { labels: Labels; rows: StoredPoints[] }>();
  for (const row of rows) {
    const labels = labelsOf(row);
    const known = byKey.get(labels.key);
    if (known === undefined) byKey.set(labels.key, { labels, rows: [row] });
    else known.rows.push(row);
  }
  return [...byKey.values()]
    .map(({ labels, rows: own }) => ({ labels, ...joined(own.map(read), both) }))
    .sort(byLabels);
}

type Numbers = Omit<Series, 'labels'>;

/** Milliseconds, values and weights of one row. */
function numbersOf(row: StoredPoints, reading: Reading, offsetMs: number): Numbers {
  const { buffer, byteOffset, byteLength } = row.points;
  const view = new DataView(buffer, byteOffset, byteLength);
  const length = lengthOf(row, reading);
  const times = new Float64Array(length);
  const values = new Float64Array(length);
  const weights = new Float64Array(reading.isWeighted ? length : 0);
  const width = widthOf(reading);
  for (let i = 0, at = 0; i < length; i++, at += width) {
    times[i] = Math.round(view.getFloat64(at) * 1_000) + offsetMs;
    values[i] = view.getFloat64(at + 8);
    if (reading.isWeighted) weights[i] = view.getFloat64(at + 16);
  }
  return { times, values, ...(reading.isWeighted && { weights }) };
}

/** The rows of one series as one, each time once. */
function joined(rows: readonly Numbers[], both: Both | null): Numbers {
  const [first, ...others] = rows;
  if (first !== undefined && others.length === 0 && isAscending(first.times)) return first;
  const points = new Map<number, Weighted>();
  for (const { times, values, weights } of rows)
    for (const [i, time] of times.entries()) {
      const own = { value: values[i] ?? Number.NaN, weight: weights?.[i] ?? 1 };
      const known = points.get(time);
      const value = known === undefined || both === null ? own.value : both(known, own);
      points.set(time, { value, weight: own.weight + (known?.weight ?? 0) });
    }
  const times = Float64Array.from(points.keys()).sort();
  const values = times.map((time) => points.get(time)?.value ?? Number.NaN);
  const weights = times.map((time) => points.get(time)?.weight ?? 0);
  return { times, values, ...(both !== null && { weights }) };
}

const isAscending = (times: Float64Array) =>
  times.every((time, i) => i === 0 || time > (times[i - 1] ?? time));
