import { comparableSql } from './value-sql.js';

/** SQL: whether a point of this kind adds to an increase. */
export function isCountedSql(kind: string): string {
  return `${kind} IN ('cumulative', 'delta')`;
}

/** Columns of a point that {@link stepsSql} needs, besides those that distinguish its series. */
export function countedColumnsSql(point: string): string {
  return `${point}.time, ${point}.kind, ${point}.id, ${point}.start_timestamp, ${comparableSql(`${point}.value`)} AS value`;
}

/**
 * SQL for what each point adds to an increase: `step`. A counter's point before is the one before it by time among `rows`.
 *
 * - `unsure`: there is none among them, though there may be one further back
 * - `tied`: two points of the counter have the same time, so that the order in the log, which the database does not have,
 *   decides which of them is the point before
 *
 * @param series columns that distinguish series
 * @param idle interval beyond which a point before is none
 */
export function stepsSql(rows: string, series: string, idle: string): string {
  return `
  SELECT placed.*, kind = 'cumulative' AND before_at IS NULL AS unsure,
    kind = 'cumulative' AND coalesce(before_at = time OR before_that = before_at, false) AS tied,
    CASE
      WHEN kind = 'delta' THEN value
      WHEN time - before_at <= ${idle} THEN
        CASE WHEN value < before OR (start_timestamp <= time AND start_timestamp > before_at) THEN value ELSE value - before END
      WHEN start_timestamp <= time AND time - start_timestamp <= ${idle} THEN value
      ELSE 0
    END AS step
  FROM (
    SELECT ${rows}.*, lag(time) OVER same AS before_at, lag(value) OVER same AS before, lag(time, 2) OVER same AS before_that
    FROM ${rows} WINDOW same AS (PARTITION BY ${series}, kind ORDER BY time, id)
  ) AS placed`;
}
