import { TactusError } from '../../../../../shared/core/errors.js';

/** The expression, or a parameter of the query, is wrong: Prometheus's `bad_data`. */
export const invalid = (message: string, cause?: unknown): TactusError =>
  new TactusError('TACTUS_PROMQL_INVALID', message, { cause });

/** The expression is right, but cannot be evaluated over these series: Prometheus's `execution`. */
export const failed = (message: string): TactusError => new TactusError('TACTUS_PROMQL_FAILED', message);

/** Nobody waits for the answer any more. */
export const cancelled = (): TactusError =>
  new TactusError('TACTUS_QUERY_TIMEOUT', 'the query was cancelled: its client has gone');

/** The query took longer than it may: Prometheus's `timeout`. */
export const timedOut = (message: string): TactusError => new TactusError('TACTUS_QUERY_TIMEOUT', message);
