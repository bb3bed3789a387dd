import type { EventSeries } from './event-series.js';

/** Rows by which an alarm may come after the last row of an incident and still be of it. */
const LATE = 3;
/** Alarms no further apart than this many rows are one. */
const TOGETHER = 10;
/** As in the Numenta benchmark, nothing counts before. */
const PROBATION = 0.15;

export interface EventTally {
  readonly incidents: number;
  readonly found: number;
  /** Alarms, close ones together, that lie in an incident, and those in none. */
  readonly right: number;
  readonly wrong: number;
}

/** Which incidents have an alarm, and which alarms have an incident: each counts once. */
export function eventTally({ points, incidents }: EventSeries, alarms: readonly number[]): EventTally {
  const probation = Math.min(750, Math.floor(PROBATION * points.length));
  const counted = alarms.filter((row) => row >= probation);
  const isIn = (row: number) => incidents.some(({ from, to }) => row >= from && row < to + LATE);
  const scored = incidents.filter(({ to }) => to >= probation);
  const found = scored.filter(({ from, to }) => counted.some((row) => row >= from && row < to + LATE)).length;
  const right = starts(counted.filter(isIn)).length;
  const wrong = starts(counted.filter((row) => !isIn(row))).length;
  return { incidents: scored.length, found, right, wrong };
}

function starts(rows: readonly number[]): number[] {
  return rows.filter((row, i) => i === 0 || row - (rows[i - 1] ?? 0) > TOGETHER);
}

export function allOf(tallies: readonly EventTally[]): EventTally {
  return tallies.reduce(
    (sum, each) => ({
      incidents: sum.incidents + each.incidents,
      found: sum.found + each.found,
      right: sum.right + each.right,
      wrong: sum.wrong + each.wrong,
    }),
    { incidents: 0, found: 0, right: 0, wrong: 0 },
  );
}

/** 100 when each incident has an alarm, and no alarm lies elsewhere. */
export function eventF1({ incidents, found, right, wrong }: EventTally): number {
  const recall = found / Math.max(1, incidents);
  const precision = right / Math.max(1, right + wrong);
  return recall + precision === 0 ? 0 : (200 * recall * precision) / (recall + precision);
}
