import type { Effort } from '../model/budget.js';
import type { Labels } from '../model/labels.js';
import type { Series } from '../model/series-source.js';
import type { Vector } from './vector.js';

/** In order of their labels' names and values, as Prometheus puts series. */
export function byLabels({ labels: { entries: a } }: Series, { labels: { entries: b } }: Series): number {
  for (const [i, [name, value]] of a.entries()) {
    const [otherName, otherValue] = b[i] ?? [];
    if (otherName === undefined || otherValue === undefined) return 1;
    if (name !== otherName) return name < otherName ? -1 : 1;
    if (value !== otherValue) return value < otherValue ? -1 : 1;
  }
  return a.length - b.length;
}

/** Series out of what an expression is at each step. */
export class Collected {
  readonly #series = new Map<string, { labels: Labels; times: number[]; values: number[] }>();

  constructor(private readonly effort: Effort) {}

  add(time: number, vector: Vector): void {
    for (const { labels, value } of vector) {
      let one = this.#series.get(labels.key);
      if (one === undefined) {
        this.effort.madeLabels();
        one = { labels, times: [], values: [] };
        this.#series.set(labels.key, one);
      }
      one.times.push(time);
      one.values.push(value);
    }
  }

  series(): Series[] {
    return [...this.#series.values()]
      .map(({ labels, times, values }) => ({
        labels,
        times: Float64Array.from(times),
        values: Float64Array.from(values),
      }))
      .sort(byLabels);
  }
}
