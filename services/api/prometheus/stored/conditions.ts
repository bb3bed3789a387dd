import { METRIC_NAME } from '../promql/model/labels.js';
import type { Matcher } from '../promql/model/matchers.js';

/** A part of a statement, with the values of its parameters. */
export interface Condition {
  /** Begins with AND; empty for no condition. */
  readonly sql: string;
  readonly values: readonly unknown[];
  /** Whether it is all that the matchers ask for: patterns are matched here, in time linear in the text, not by the database. */
  readonly isExact: boolean;
}

/** What a statement can do of matchers: that labels are equal or differ. @param first the number of the first parameter */
export function conditionOf(matchers: readonly Matcher[], first: number): Condition {
  const values: unknown[] = [];
  let sql = '';
  let isExact = true;
  const parameter = (value: string) => `$${first + values.push(value) - 1}`;
  for (const { name, operator, value } of matchers) {
    // The database takes no text with a NUL, and holds none.
    const isText = !name.includes('\0') && !value.includes('\0');
    if (!isText || (operator !== '=' && operator !== '!=')) {
      isExact = false;
      continue;
    }
    const sign = operator === '=' ? '=' : '<>';
    const label = name === METRIC_NAME ? 'metric' : `coalesce(tags ->> ${parameter(name)}, '')`;
    sql += ` AND ${label} ${sign} ${parameter(value)}`;
  }
  return { sql, values, isExact };
}

/** Whether the matchers name one metric: then its points are found by an index. */
export const namesMetric = (matchers: readonly Matcher[]): boolean =>
  matchers.some(({ name, operator, value }) => name === METRIC_NAME && operator === '=' && value !== '');
