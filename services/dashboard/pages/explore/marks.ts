import { heightOf } from '../../api/anomaly-figures.js';
import type { Anomaly, Operations } from '../../api/operations.js';
import type { ChartMark } from '../../charts/series.js';
import { tagsKey } from './assembled.js';

type Difference = Operations['GET /quality/windows']['answer']['items'][number];

const SAID = {
  late: 'late data',
  refused: 'refused',
  missing: 'missing points',
  duplicated: 'counted twice',
};

/** What was unusual about the series that are shown. @param keys their `tagsKey`; null where they are groups of others */
export function anomalyMarks(anomalies: readonly Anomaly[], keys: ReadonlySet<string> | null): ChartMark[] {
  return anomalies
    .filter(({ tags }) => keys === null || keys.has(tagsKey(tags)))
    .map(({ id, explanation, severity, value, detector, start, end, tags }) => ({
      ...{ id, kind: 'anomaly', severity, start: Date.parse(start), end: Date.parse(end) },
      text: [tagsKey(tags), explanation].filter(Boolean).join(': '),
      // Of a group, the line is not at the height of one of its series.
      ...(keys !== null && heightOf({ value, detector })),
    }));
}

/** Windows that lack late points, or that late points have corrected. */
export function differenceMarks(differences: readonly Difference[], windowMs: number): ChartMark[] {
  return differences.map(({ start, end, metric, tags, cause, detail, latePoints }) => ({
    id: `${metric} ${tagsKey(tags)} ${start}`,
    kind: cause === 'late' ? 'late' : 'corrected',
    severity: cause === 'late' ? 'info' : 'warning',
    text: `${SAID[cause as keyof typeof SAID] ?? cause}${cause === 'late' ? ` (${latePoints} points)` : ''}: ${detail}`,
    start: Date.parse(start),
    end: end === null ? Date.parse(start) + windowMs : Date.parse(end),
  }));
}
