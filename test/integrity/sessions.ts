import type { PlainPoint } from '../support/plain-client.js';
import { windowKey } from '../support/recompute.js';
import { increaseOver } from '../support/recompute-increase.js';
import { IDLE_COUNTER_MS } from './counters.js';
import { SESSION } from './definitions.js';
import { type Member, MembersBySeries } from './members-by-series.js';
import { Tally } from './tally.js';

/** The sessions of all points that were not late for theirs: sorted, split at pauses, cut where too long. */
export class Sessions {
  readonly #members = new MembersBySeries();

  add(point: PlainPoint, offset: number): void {
    this.#members.add(point, { offset });
  }

  /** Puts the windows to those of other kinds. */
  into(windows: Map<string, Tally>): number {
    let count = 0;
    for (const { point, members } of this.#members.sorted()) {
      for (const { start, end, from, to } of partsOf(members)) {
        const tally = new Tally(start, end);
        const part = members.slice(from, to);
        for (const { timestamp, value, offset } of part) {
          tally.add(value, timestamp, offset);
          if (point.kind === 'member') tally.addMember(value);
        }
        if (point.kind === 'cumulative')
          tally.addIncrease(increaseOver(members.slice(Math.max(0, from - 1), to), start, IDLE_COUNTER_MS));
        windows.set(windowKey(point.tenantId, point.metric, point.tags, SESSION.name, start), tally);
        count += 1;
      }
    }
    return count;
  }
}

interface Part {
  readonly start: number;
  readonly end: number;
  /** Of the members, exclusive. */
  readonly from: number;
  readonly to: number;
}

function* partsOf(members: readonly Member[]): Generator<Part> {
  const { gapMs, maxMs } = SESSION;
  for (let from = 0; from < members.length; ) {
    const start = timeOf(members, from);
    let to = from + 1;
    while (to < members.length && timeOf(members, to) < timeOf(members, to - 1) + gapMs) to++;
    let end = timeOf(members, to - 1) + gapMs;
    if (end - gapMs - start >= maxMs) {
      end = (Math.floor(start / maxMs) + 1) * maxMs;
      while (timeOf(members, to - 1) >= end) to--;
    }
    yield { start, end, from, to };
    from = to;
  }
}

function timeOf(members: readonly Member[], index: number): number {
  return (members[index] as Member).timestamp;
}
