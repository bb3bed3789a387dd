/*
 * Aggregates as rows of a Float64Array: one row of CELL numbers for each group. The figures are
 * mergeable; how they are kept:
 *
 * - SUM + COMPENSATION is Neumaier's compensated sum (Neumaier 1974), so that order and grouping of
 *   additions do not show.
 * - MEAN and M2 are Welford's running moments (Welford 1962), merged as in Chan, Golub and LeVeque
 *   1979.
 * - FIRST and LAST go by event time; of points with the same time the one that came first counts
 *   as first, the one that came last as last.
 *
 * Ingest lets values up to 1e150 in, of which neither sums nor moments overflow. What is larger, or so many that
 * their squares add up to more than a number holds, is emitted as finite figures all the same: see `finiteFigures`.
 */
export const COUNT = 0;
export const SUM = 1;
export const COMPENSATION = 2;
export const MIN = 3;
export const MAX = 4;
export const MEAN = 5;
export const M2 = 6;
export const FIRST = 7;
export const FIRST_AT = 8;
export const LAST = 9;
export const LAST_AT = 10;
/** Row length; the last number is unused, so that rows are 96 bytes. */
export const CELL = 12;
