import type { Millis } from '../../../shared/core/clock.js';

/** The bounds of a hub. */
export interface LiveLimits {
  readonly maxClients: number;
  /** See `SeriesTable`. */
  readonly maxSeriesBytes: number;
  readonly staleMs: Millis;
  /** Most series that one client watches. */
  readonly maxClientSeries: number;
  /** Most series that all clients watch together, and metrics that all subscriptions match; 2 million where they are left out. */
  readonly maxWatched?: number;
  readonly maxMatched?: number;
  /** Most anomalies that wait for one client. */
  readonly maxEvents: number;
  /** Most alerts that are known. */
  readonly maxAlerts: number;
  /** A client is sent something at most this often; where sending takes much of the time, less often. */
  readonly intervalMs: Millis;
  /** A client with more than this on its way is sent nothing. */
  readonly maxBufferedBytes: number;
  /** A client that has been sent nothing for so long because of that is closed. */
  readonly slowCloseMs: Millis;
}
