import { SeriesEntry, type SeriesRejection, seriesHash, seriesIdentity } from './series-entry.js';

const NOTHING: Buffer = Buffer.alloc(0);

/** The entry of a series that is refused. */
export function rejectedSeries(metric: string, rejection: SeriesRejection): SeriesEntry {
  return new SeriesEntry(metric, NOTHING, NOTHING, rejection);
}

/**
 * The entry of a series that was not seen before.
 *
 * @param beyond what ids depend on that the series does not: see {@link SeriesEntry.idStart}
 */
export function buildSeries(
  metric: string,
  tags: Readonly<Record<string, string>>,
  check: (metric: string, tags: Readonly<Record<string, string>>) => SeriesRejection | null,
  beyond: Buffer = NOTHING,
): SeriesEntry {
  const rejection = check(metric, tags);
  if (rejection !== null) return rejectedSeries(metric, rejection);
  const identity = Buffer.from(seriesIdentity(metric, tags));
  const hashed = beyond.length === 0 ? identity : Buffer.concat([identity, beyond]);
  return new SeriesEntry(metric, identity, seriesHash(hashed), null);
}
