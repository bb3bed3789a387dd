import type { DATES, MATH } from '../syntax/signatures.js';

const degree = Math.PI / 180;

export const OF_VALUES: Readonly<Record<(typeof MATH)[number], (value: number) => number>> = {
  abs: Math.abs,
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: Math.cosh,
  deg: (value) => value / degree,
  exp: Math.exp,
  floor: Math.floor,
  ln: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  rad: (value) => value * degree,
  sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
  sin: Math.sin,
  sinh: Math.sinh,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
};

/** Days from the start of a date's year, or month. */
const daysSince = (date: Date, start: number) => Math.floor((date.getTime() - start) / 86_400_000);

const OF_DATES: Readonly<Record<(typeof DATES)[number], (date: Date) => number>> = {
  day_of_month: (date) => date.getUTCDate(),
  day_of_week: (date) => date.getUTCDay(),
  day_of_year: (date) => daysSince(date, Date.UTC(date.getUTCFullYear(), 0, 1)) + 1,
  days_in_month: (date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  hour: (date) => date.getUTCHours(),
  minute: (date) => date.getUTCMinutes(),
  month: (date) => date.getUTCMonth() + 1,
  year: (date) => date.getUTCFullYear(),
};

/** A figure of the calendar, in UTC. @param seconds since 1970; NaN beyond the years that a `Date` has */
export function ofDate(name: (typeof DATES)[number], seconds: number): number {
  return OF_DATES[name](new Date(Math.trunc(seconds) * 1_000));
}

/** To the nearest multiple; halves go up. */
export function roundTo(value: number, multiple: number): number {
  const inverse = 1 / multiple;
  return Math.floor(value * inverse + 0.5) / inverse;
}
