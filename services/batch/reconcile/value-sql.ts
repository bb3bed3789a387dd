import { LARGEST_VALUE } from '../../../shared/wire/metric-point-reader.js';

/*
 * PostgreSQL raises an error where the result of float8 arithmetic is too large, and where it is too small: one tenant's value
 * would end the comparison of everybody's windows. What is below LEAST is 0 here, and squares are of values that are scaled
 * by a power of two, which changes no digit.
 */
const LEAST = '1e-120';
const SCALE = '5.82076609134674072265625e-11'; // 2^-34

/** SQL for a value within the limits of ingest, which points that came past it may exceed. */
export function limitedSql(value: string): string {
  return `greatest(${-LARGEST_VALUE}, least(${LARGEST_VALUE}, ${value}))`;
}

/** The same with almost nothing as nothing. */
export function comparableSql(value: string): string {
  return `CASE WHEN abs(${value}) < ${LEAST} THEN 0 ELSE ${limitedSql(value)} END`;
}

/** SQL for the size that a tolerance is relative to. */
export function atLeastSql(size: string): string {
  return `greatest(${size}, ${LEAST})`;
}

/** SQL for a limited value in the unit of {@link squareSql}. */
export function scaledSql(value: string): string {
  return `(CASE WHEN abs(${value}) < 1e-290 THEN 0 ELSE ${value} * ${SCALE} END)`;
}

/** SQL for the square of a difference of limited values, in a unit in which many of them add up. */
export function squareSql(difference: string): string {
  return `CASE WHEN abs(${difference}) < ${LEAST} THEN 0 ELSE (${difference} * ${SCALE}) * (${difference} * ${SCALE}) END`;
}

/** SQL for the deviation that follows from a sum of such squares. */
export function deviationSql(squares: string, count: string): string {
  return `(CASE WHEN ${squares} < 1e-280 THEN 0 ELSE sqrt(${squares} / ${count}) / ${SCALE} END)`;
}

/** SQL for the population standard deviation of limited values. */
export function stddevSql(value: string, filter = ''): string {
  return `stddev_pop(${scaledSql(value)}) ${filter} / ${SCALE}`;
}
