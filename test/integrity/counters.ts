import type { PlainPoint } from '../support/plain-client.js';
import { increaseOver, pointsAround } from '../support/recompute-increase.js';
import { DEFINITIONS, startsAround } from './definitions.js';
import { type Member, MembersBySeries } from './members-by-series.js';
import type { Tally } from './tally.js';

/** How long windowing remembers a counter, by default. */
export const IDLE_COUNTER_MS = 3_600_000;

interface CountedMember extends Member {
  readonly missed: ReadonlySet<string>;
}

/** What windows say of counters: each series over the points that count in the windows which follow each other. */
export class Counters {
  readonly #members = new MembersBySeries<CountedMember>();

  add(point: PlainPoint, offset: number, missed: ReadonlySet<string>): void {
    this.#members.add(point, { offset, missed });
  }

  /** @param tallyOf the window of this definition that the point's series is in */
  into(tallyOf: (point: PlainPoint, name: string, start: number) => Tally | undefined): void {
    for (const { point, members } of this.#members.sorted()) {
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
