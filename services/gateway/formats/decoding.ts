import type { Millis } from '../../../shared/core/clock.js';
import type { PointColumns } from '../points/point-columns.js';
import type { SeriesCache } from '../points/series-cache.js';
import type { SeriesRejection } from '../points/series-entry.js';

/** What a decoder of points works with, for one request. */
export interface Decoding {
  readonly tenantId: string;
  readonly now: Millis;
  /** Where the points go. */
  readonly columns: PointColumns;
  readonly cache: SeriesCache;
  readonly outcome: DecodeOutcome;
  /** What ingest's policy says of a series; null when it is let in. */
  readonly checkSeries: (metric: string, tags: Readonly<Record<string, string>>) => SeriesRejection | null;
}

/** Takes what makes no point. */
export interface DecodeOutcome {
  /** @param item its place in the request */
  refuse(item: number, rejection: SeriesRejection): void;
  /** What is no mistake of the sender. */
  leaveOut(reason: 'nan' | 'infinite' | 'stale' | 'unsupported', count?: number): void;
}

/** The body is not what its type says: nothing of the request is taken. */
export class UndecodableError extends Error {
  override readonly name = 'UndecodableError';
}

/** A request may hold so many points, refused ones included: it bounds the time that one takes. */
export const MAX_REQUEST_POINTS = 500_000;
/** More labels or attributes are refused without looking at them. */
export const MAX_LABELS = 256;

const HIGH_OF_STALE = 0x7ff00000;
const LOW_OF_STALE = 2;

/** Why the float at `at`, which is not finite, makes no point: Prometheus marks the end of a series by one of the NaNs. */
export function whyNoPoint(view: DataView, at: number): 'nan' | 'infinite' | 'stale' {
  const value = view.getFloat64(at, true);
  if (!Number.isNaN(value)) return 'infinite';
  const stale = view.getUint32(at + 4, true) === HIGH_OF_STALE && view.getUint32(at, true) === LOW_OF_STALE;
  return stale ? 'stale' : 'nan';
}
