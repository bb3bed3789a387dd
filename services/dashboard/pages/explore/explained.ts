import type { ChartPoint, ChartSeries } from '../../charts/series.js';
import type { Span } from '../../time/moment.js';

/** How a series in a window differs from what it was as long before it. */
export interface Change {
  readonly name: string;
  readonly before: number | null;
  readonly within: number | null;
  /** Between 0 and 1: how unusual the change is for the series. */
  readonly score: number;
}

interface Scored extends Span {
  /** 0..1. */
  readonly score: number;
}

/** Of the size of what was before: less is no change, however quiet it was. */
const LEAST = 0.01;
/** So many deviations make half a score. */
const HALF = 3;

/** Series by how much they changed, the most first. @param anomaliesOf those of a series */
export function changesOf(
  series: readonly ChartSeries[],
  window: Span,
  anomaliesOf: (one: ChartSeries) => readonly Scored[] = () => [],
): Change[] {
  return series
    .map((one): Change => {
      const before = figuresOf(one.points, periodBefore(window));
      const within = figuresOf(one.points, window);
      const worst = anomaliesOf(one)
        .filter(({ start, end }) => start < window.end && end > window.start)
        .reduce((most, { score }) => Math.max(most, score), 0);
      return {
        name: one.name,
        ...{ before: before?.mean ?? null, within: within?.mean ?? null },
        score: Math.max(worst, scoreOf(before, within)),
      };
    })
    .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1));
}

/** As long, just before it. */
export const periodBefore = ({ start, end }: Span): Span => ({ start: start - (end - start), end: start });

interface Figures {
  readonly mean: number;
  readonly deviation: number;
}

function scoreOf(before: Figures | null, within: Figures | null): number {
  // That it began or ended is all that there is to say.
  if (before === null || within === null) return before === within ? 0 : 1;
  const by = Math.abs(within.mean - before.mean);
  if (by === 0) return 0;
  const usual = Math.max(before.deviation, Math.abs(before.mean) * LEAST, Number.MIN_VALUE);
  const deviations = by / usual;
  return Number.isFinite(deviations) ? deviations / (deviations + HALF) : 1;
}

function figuresOf(points: readonly ChartPoint[], { start, end }: Span): Figures | null {
  const values = points.flatMap(([time, value]) =>
    time >= start && time < end && value !== null ? [value] : [],
  );
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}
