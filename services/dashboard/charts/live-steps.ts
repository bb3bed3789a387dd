import type { ChartPoint } from './series.js';

/** What the browser can put together from single points as the API does. */
const OF_STEP: Readonly<Record<string, (values: readonly number[]) => number>> = {
  avg: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  min: (values) => values.reduce((a, b) => Math.min(a, b)),
  max: (values) => values.reduce((a, b) => Math.max(a, b)),
  sum: (values) => values.reduce((a, b) => a + b, 0),
  count: (values) => values.length,
};

export const isLiveAggregation = (aggregation: string): boolean => Object.hasOwn(OF_STEP, aggregation);

/**
 * Live points as steps of a chart.
 *
 * @param points of one series or of a group, in order
 * @param stepMs 0 for points as they come
 */
export function liveSteps(
  points: readonly ChartPoint[],
  stepMs: number,
  aggregation: string,
): readonly ChartPoint[] {
  const put = OF_STEP[aggregation];
  if (stepMs === 0 || put === undefined) return points;
  const steps = new Map<number, number[]>();
  for (const [time, value] of points) {
    if (value === null) continue;
    const step = Math.floor(time / stepMs) * stepMs;
    const values = steps.get(step);
    if (values === undefined) steps.set(step, [value]);
    else values.push(value);
  }
  return [...steps].map(([step, values]): ChartPoint => [step, put(values)]);
}
