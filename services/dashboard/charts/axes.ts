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
