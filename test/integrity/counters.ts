import type { PlainPoint } from '../support/plain-client.js';
import { windowKey } from '../support/recompute.js';
import { type CounterPoint, increaseOver, pointsAround } from '../support/recompute-increase.js';
import { DEFINITIONS, startsAround } from './definitions.js';
import type { Tally } from './tally.js';

/** How long windowing remembers a counter, by default. */
export const IDLE_COUNTER_MS = 3_600_000;

interface Member extends CounterPoint {
  readonly offset: number;
  readonly missed: ReadonlySet<string>;
}

interface Series {
  readonly point: PlainPoint;
  readonly members: Member[];
}

/** What windows say of counters: each series over the points that count in the windows which follow each other. */
export class Counters {
  readonly #series = new Map<string, Series>();

  add(point: PlainPoint, offset: number, missed: ReadonlySet<string>): void {
    const key = windowKey(point.tenantId, point.metric, point.tags, '', 0);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { point, members: [] };
      this.#series.set(key, series);
    }
    const { timestamp, value, startTimestamp } = point;
    series.members.push({ timestamp, value, startTimestamp, offset, missed });
  }

  /** @param tallyOf the window of this definition that the point's series is in */
  into(tallyOf: (point: PlainPoint, name: string, start: number) => Tally | undefined): void {
    for (const { point, members } of this.#series.values()) {
      members.sort((a, b) => a.timestamp - b.timestamp || a.offset - b.offset);
      for (const definition of DEFINITIONS) {
        const { name, sizeMs, metricPrefix } = definition;
        if (!point.metric.startsWith(metricPrefix)) continue;
        const starts = new Set(members.flatMap(({ timestamp }) => startsAround(definition, timestamp)));
        for (const start of starts) {
          const around = pointsAround(
            members,
            start,
            sizeMs,
            ({ missed }, of) => !missed.has(`${name}/${of}`),
          );
          if ((around.at(-1)?.timestamp ?? start - 1) < start) continue;
          tallyOf(point, name, start)?.addIncrease(increaseOver(around, start, IDLE_COUNTER_MS));
        }
      }
    }
  }
}
