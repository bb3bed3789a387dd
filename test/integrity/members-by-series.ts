import type { PlainPoint } from '../support/plain-client.js';
import { windowKey } from '../support/recompute.js';
import type { CounterPoint } from '../support/recompute-increase.js';

/** A point of a series, as a window counts it. */
export interface Member extends CounterPoint {
  readonly offset: number;
}

interface Series<M> {
  /** Any of its points. */
  readonly point: PlainPoint;
  readonly members: M[];
}

/** Points by their series, to be walked through in the order of time and, at the same time, of the log. */
export class MembersBySeries<M extends Member = Member> {
  readonly #series = new Map<string, Series<M>>();

  add(point: PlainPoint, member: Omit<M, keyof CounterPoint>): void {
    const key = windowKey(point.tenantId, point.metric, point.tags, '', 0);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { point, members: [] };
      this.#series.set(key, series);
    }
    const { timestamp, value, startTimestamp } = point;
    series.members.push({ timestamp, value, startTimestamp, ...member } as M);
  }

  *sorted(): Generator<Series<M>> {
    for (const series of this.#series.values()) {
      series.members.sort((a, b) => a.timestamp - b.timestamp || a.offset - b.offset);
      yield series;
    }
  }
}
