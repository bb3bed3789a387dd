import type { PlainPoint } from '../support/plain-client.js';
import { windowKey } from '../support/recompute.js';
import { SESSION } from './definitions.js';
import { Tally } from './tally.js';

interface Member {
  readonly at: number;
  readonly value: number;
  readonly offset: number;
}

interface Series {
  readonly point: PlainPoint;
  readonly members: Member[];
}

/** The sessions of all points that were not late for theirs: sorted, split at pauses, cut where too long. */
export class Sessions {
  readonly #series = new Map<string, Series>();

  add(point: PlainPoint, offset: number): void {
    const key = windowKey(point.tenantId, point.metric, point.tags, '', 0);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { point, members: [] };
      this.#series.set(key, series);
    }
    series.members.push({ at: point.timestamp, value: point.value, offset });
  }

  /** Puts the windows to those of other kinds. */
  into(windows: Map<string, Tally>): number {
    let count = 0;
    for (const { point, members } of this.#series.values()) {
      members.sort((a, b) => a.at - b.at);
      for (const { start, end, part } of partsOf(members)) {
        const tally = new Tally(end);
        for (const { at, value, offset } of part) tally.add(value, at, offset);
        windows.set(windowKey(point.tenantId, point.metric, point.tags, SESSION.name, start), tally);
        count += 1;
      }
    }
    return count;
  }
}

function* partsOf(members: readonly Member[]): Generator<{ start: number; end: number; part: Member[] }> {
  const { gapMs, maxMs } = SESSION;
  for (let from = 0; from < members.length; ) {
    const start = (members[from] as Member).at;
    let to = from + 1;
    while (to < members.length && timeOf(members, to) < timeOf(members, to - 1) + gapMs) to++;
    let end = timeOf(members, to - 1) + gapMs;
    if (end - gapMs - start >= maxMs) {
      end = (Math.floor(start / maxMs) + 1) * maxMs;
      while (timeOf(members, to - 1) >= end) to--;
    }
    yield { start, end, part: members.slice(from, to) };
    from = to;
  }
}

function timeOf(members: readonly Member[], index: number): number {
  return (members[index] as Member).at;
}
