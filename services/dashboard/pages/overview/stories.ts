import type { Anomaly } from '../../api/operations.js';

export interface Story {
  readonly newest: Anomaly;
  /** Of the same series. */
  readonly many: number;
}

const GRAVITY: Readonly<Record<string, number>> = { critical: 0, warning: 1, info: 2 };

/** One for each series, the gravest first and then the newest. @param anomalies newest first */
export function storiesOf(anomalies: readonly Anomaly[]): readonly Story[] {
  const bySeries = Map.groupBy(anomalies, ({ metric, tags }) =>
    JSON.stringify([metric, Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))]),
  );
  return [...bySeries.values()]
    .map((own): Story => ({ newest: own[0] as Anomaly, many: own.length }))
    .sort(
      (a, b) =>
        (GRAVITY[a.newest.severity] ?? 3) - (GRAVITY[b.newest.severity] ?? 3) ||
        b.newest.start.localeCompare(a.newest.start),
    );
}
