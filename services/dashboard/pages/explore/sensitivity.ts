import type { MetricOverTime } from '../../api/operations.js';
import { count } from '../../time/format.js';

/*
 * How readily anomalies of a metric are reported: from 0, hardly ever, to 1, at the least doubt.
 */

export const AS_CONFIGURED = 0.5;
/** Of a slider. */
export const STEPS = 10;

/** What somebody tries before it is kept, as it stands in the address; null for nothing. */
export function triedOf(query: URLSearchParams): number | null {
  const text = query.get('sensitivity') ?? '';
  const value = Number(text);
  return /^\d(\.\d{1,3})?$/.test(text) && value <= 1 ? value : null;
}

/** In words, for people. */
export function sensitivityText(value: number): string {
  if (value === AS_CONFIGURED) return 'as configured';
  return `${value}, ${value < AS_CONFIGURED ? 'fewer' : 'more'} than configured`;
}

/** What the sensitivity that a band is drawn at makes of the windows that are shown. */
export function effectText({ series }: NonNullable<MetricOverTime['band']>): string {
  const sum = (of: 'windows' | 'outside' | 'anomalies') => series.reduce((total, one) => total + one[of], 0);
  const windows = sum('windows');
  if (windows === 0) return 'No window of this range has a band: a series is learnt for 20 windows first.';
  const [outside, anomalies] = [sum('outside'), sum('anomalies')];
  return `Of ${count(windows)} windows, ${count(outside)} ${outside === 1 ? 'lies' : 'lie'} outside the band, and ${
    anomalies === 0 ? 'none' : count(anomalies)
  } would be reported.`;
}
