import type { Observation } from '../../../../shared/detection/detector.js';
import { alter, type Draft, timeOf } from '../families/draft.js';

/** Rows of an incident, `to` not included. */
export interface Incident {
  readonly from: number;
  readonly to: number;
}

/** A series whose incidents are known from their first row to their last. */
export interface EventSeries {
  readonly name: string;
  readonly points: readonly Observation[];
  readonly incidents: readonly Incident[];
}

/** A draft and the incidents that were made in it so far. */
export class Scene {
  readonly incidents: Incident[] = [];

  constructor(
    readonly name: string,
    readonly of: Draft,
  ) {}

  /** Changes rows and notes them as an incident. */
  incident(from: number, length: number, change: (value: number, progress: number, index: number) => number) {
    alter(this.of, from, length, change);
    this.incidents.push({ from, to: Math.min(this.of.values.length, from + length) });
  }

  /** As it is recorded: rounded to multiples of `quantum`, within the bounds of what is measured. */
  recorded(quantum = 0, floor = -Infinity, ceiling = Infinity): EventSeries {
    const points = Array.from(this.of.values, (value, i) => {
      const bounded = Math.min(ceiling, Math.max(floor, value));
      return {
        at: timeOf(this.of, i),
        value: quantum > 0 ? Math.round(bounded / quantum) * quantum : bounded,
      };
    });
    const incidents = [...this.incidents].sort((a, b) => a.from - b.from);
    return { name: this.name, points, incidents };
  }
}
