import { failed } from '../model/faults.js';
import { valueAt, type Window } from './window.js';

/**
 * The last value of a range, smoothed twice: its level and its trend (Holt 1957).
 *
 * @param ofLevel how much a new value counts @param ofTrend how much a new difference counts; both between 0 and 1
 */
export function smoothed(window: Window, ofLevel: number, ofTrend: number): number | undefined {
  for (const [name, factor] of [
    ['smoothing', ofLevel],
    ['trend', ofTrend],
  ] as const)
    if (factor <= 0 || factor >= 1)
      throw failed(`invalid ${name} factor. Expected: 0 < factor < 1, got: ${factor}`);
  const { from, to } = window;
  if (to - from < 2) return undefined;
  let before = 0;
  let level = valueAt(window, from);
  let trend = valueAt(window, from + 1) - level;
  for (let i = from + 1; i < to; i++) {
    if (i > from + 1) trend = ofTrend * (level - before) + (1 - ofTrend) * trend;
    before = level;
    level = ofLevel * valueAt(window, i) + (1 - ofLevel) * (level + trend);
  }
  return level;
}
