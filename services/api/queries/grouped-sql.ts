/**
 * SQL for the tags by which a point belongs to windows.
 *
 * @param groupBy a column or parameter with names of tags; null for all tags
 */
export function groupedSql(tags: string, groupBy: string): string {
  return `CASE WHEN ${groupBy} IS NULL THEN ${tags} ELSE (
      SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(${tags}) WHERE key = ANY (${groupBy})
    ) END`;
}

/** SQL for whether a late point missed a window; of sessions only the definition is known. */
export function missedSql(missed: string, window: string, start: string, kind: string): string {
  const ms = `to_jsonb(round((date_part('epoch', ${start}) * 1000)::numeric)::bigint)`;
  return `(CASE WHEN ${kind} = 'session' THEN ${missed} ? ${window} ELSE coalesce(${missed} -> ${window} @> ${ms}, false) END)`;
}
