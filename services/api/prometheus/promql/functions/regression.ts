import { ExactSum } from './sums.js';
import { type OfWindow, timeAt, valueAt, type Window } from './window.js';

/** The line through the points by least squares: what it goes up by in a second, and where it is at a time. */
function line(window: Window, at: number): { slope: number; intercept: number } {
  const { from, to } = window;
  const [x, y, xy, xx] = [new ExactSum(), new ExactSum(), new ExactSum(), new ExactSum()];
  const first = valueAt(window, from);
  let isConstant = true;
  for (let i = from; i < to; i++) {
    const value = valueAt(window, i);
    if (value !== first) isConstant = false;
    const seconds = (timeAt(window, i) - at) / 1_000;
    x.add(seconds);
    y.add(value);
    xy.add(seconds * value);
    xx.add(seconds * seconds);
  }
  if (isConstant) {
    const slope = Number.isFinite(first) ? 0 : Number.NaN;
    return { slope, intercept: first + slope };
  }
  const count = to - from;
  const covariance = xy.total - (x.total * y.total) / count;
  const variance = xx.total - (x.total * x.total) / count;
  const slope = covariance / variance;
  return { slope, intercept: y.total / count - (slope * x.total) / count };
}

/** What the series goes up by in a second. */
export const deriv: OfWindow = (window) =>
  window.to - window.from < 2 ? undefined : line(window, timeAt(window, window.from)).slope;

/** Where the series will be so many seconds after the time of evaluation. */
export function predictLinear(window: Window, seconds: number): number | undefined {
  if (window.to - window.from < 2) return undefined;
  const { slope, intercept } = line(window, window.time);
  return intercept + slope * seconds;
}
