import { type OfWindow, timeAt, valueAt } from './window.js';

/**
 * How much a series goes up by in the whole range: by how much it does between its first and its last point,
 * extrapolated to the ends of the range where the points come near to them, else by half their distance. A counter
 * that goes down was reset, and it is not extrapolated to before it was 0.
 */
function extrapolated(isCounter: boolean, perSecond: boolean): OfWindow {
  return (window) => {
    const { from, to, start, end } = window;
    if (to - from < 2) return undefined;
    const first = valueAt(window, from);
    let increase = valueAt(window, to - 1) - first;
    if (isCounter) {
      let before = 0;
      for (let i = from; i < to; i++) {
        const value = valueAt(window, i);
        if (value < before) increase += before;
        before = value;
      }
    }
    const sampled = (timeAt(window, to - 1) - timeAt(window, from)) / 1_000;
    const distance = sampled / (to - from - 1);
    let toStart = (timeAt(window, from) - start) / 1_000;
    const toEnd = (end - timeAt(window, to - 1)) / 1_000;
    if (isCounter && increase > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / increase));
    const threshold = distance * 1.1;
    const covered =
      sampled + (toStart < threshold ? toStart : distance / 2) + (toEnd < threshold ? toEnd : distance / 2);
    let factor = covered / sampled;
    if (perSecond) factor /= (end - start) / 1_000;
    return increase * factor;
  };
}

export const rate = extrapolated(true, true);
export const increase = extrapolated(true, false);
export const delta = extrapolated(false, false);

/** Between the last two points of the range. */
function ofLastTwo(isRate: boolean): OfWindow {
  return (window) => {
    const { from, to } = window;
    if (to - from < 2) return undefined;
    const last = valueAt(window, to - 1);
    const before = valueAt(window, to - 2);
    const difference = isRate && last < before ? last : last - before;
    return isRate ? difference / ((timeAt(window, to - 1) - timeAt(window, to - 2)) / 1_000) : difference;
  };
}

export const irate = ofLastTwo(true);
export const idelta = ofLastTwo(false);
