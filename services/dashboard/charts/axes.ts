import { clockText, dayText, timeText } from '../time/format.js';

const MINUTE_S = 60;
const DAY_S = 86_400;
/** Of the figures of an axis, in px. */
const DIGIT = 6.6;
const BESIDE = 16;
const LEAST = 40;

/**
 * Texts under an axis of time: days where steps are days, and at each midnight.
 *
 * @param ticks in seconds
 */
export function tickTexts(ticks: readonly number[], stepSeconds: number, zone: string): string[] {
  return ticks.map((tick) => {
    const at = tick * 1_000;
    if (stepSeconds >= DAY_S) return dayText(at, zone);
    const text = timeText(at, zone);
    if (stepSeconds < MINUTE_S) return clockText(at, zone);
    return text === '00:00' ? dayText(at, zone) : text;
  });
}

/** How wide an axis is for its figures, in px. */
export const axisWidth = (texts: readonly string[] | null): number =>
  Math.max(LEAST, Math.ceil(Math.max(0, ...(texts ?? []).map(({ length }) => length)) * DIGIT + BESIDE));

/** Least and most. */
export type Heights = readonly [number, number];

/**
 * Heights that a chart has to show: all values, and of what was expected as much as does not make them flat.
 *
 * @param also single heights that have to be in view
 */
export function heightsOf(
  values: Heights | null,
  band: Heights | null,
  also: readonly number[],
): Heights | null {
  const all = [...(values ?? []), ...also];
  if (all.length === 0) return band;
  const [least, most] = [Math.min(...all), Math.max(...all)];
  if (band === null) return [least, most];
  const reach = most > least ? most - least : Number.POSITIVE_INFINITY;
  // What is never below zero is not expected there either.
  const floor = least >= 0 ? 0 : Number.NEGATIVE_INFINITY;
  return [
    Math.min(least, Math.max(band[0], least - reach, floor)),
    Math.max(most, Math.min(band[1], most + reach)),
  ];
}

/** Of the values that are there; null without any. */
export function extentOf(rows: readonly ArrayLike<number | null | undefined>[]): Heights | null {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows)
    for (let i = 0; i < row.length; i += 1) {
      const value = row[i];
      if (value === null || value === undefined) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  return least > most ? null : [least, most];
}
