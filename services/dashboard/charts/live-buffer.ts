import { placeOf } from './readings.js';
import type { ChartPoint } from './series.js';

interface Bounds {
  readonly maxSeries: number;
  /** Of a series. */
  readonly maxPoints: number;
}

/** A quarter more is kept than is shown, so that not each point moves all others. */
const ROOM = 1.25;

/** The newest points of series that come live. What a tenant sends is bounded: by series, and by points of each. */
export class LiveBuffer {
  readonly #series = new Map<string, ChartPoint[]>();
  readonly #bounds: Bounds;
  #refused = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** How many points were of series beyond the bound. */
  get refused(): number {
    return this.#refused;
  }

  get keys(): readonly string[] {
    return [...this.#series.keys()];
  }

  /** One that comes late stands where it belongs; a second one of a time takes the place of the first. */
  add(key: string, time: number, value: number): void {
    let points = this.#series.get(key);
    if (points === undefined) {
      if (this.#series.size >= this.#bounds.maxSeries) {
        this.#refused += 1;
        return;
      }
      points = [];
      this.#series.set(key, points);
    }
    const last = points.at(-1);
    if (last === undefined || last[0] < time) points.push([time, value]);
    else {
      const at = placeOf(points, time);
      points.splice(at, points[at]?.[0] === time ? 1 : 0, [time, value]);
    }
    const { maxPoints } = this.#bounds;
    if (points.length > maxPoints * ROOM) points.splice(0, points.length - maxPoints);
  }

  /** Those behind a time, in order. */
  after(key: string, time: number): ChartPoint[] {
    const points = this.#series.get(key) ?? [];
    const from = Math.max(placeOf(points, time + 1), points.length - this.#bounds.maxPoints);
    return points.slice(from);
  }
}
