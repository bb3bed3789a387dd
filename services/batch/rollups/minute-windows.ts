import type { AlignedDefinition, WindowDefinition } from '../../../shared/windows/definition.js';
import { BUCKET_MS } from './buckets.js';

/**
 * Whether what roll-ups have besides a continuous aggregate is taken from the windows of this definition: those that follow each other
 * must fill a minute, and say of each series what it is. The longest such windows are taken, of others only where these leave out
 * metrics or tenants.
 */
export function isRolledUp(
  definition: WindowDefinition,
  all: readonly WindowDefinition[],
): definition is AlignedDefinition {
  const fitting = all.filter(fills).sort((a, b) => b.sizeMs - a.sizeMs);
  const i = fitting.findIndex(({ name }) => name === definition.name);
  const covers = (wide: string, narrow: string) => wide === '*' || wide === narrow;
  const hides = ({ metrics, tenants }: AlignedDefinition) =>
    covers(metrics, definition.metrics) && covers(tenants, definition.tenants);
  return i >= 0 && !fitting.slice(0, i).some(hides);
}

function fills(definition: WindowDefinition): definition is AlignedDefinition {
  return (
    definition.kind !== 'session' && definition.groupBy === null && BUCKET_MS['1m'] % definition.sizeMs === 0
  );
}

/**
 * SQL: `latest`, the windows that follow each other from $2 to $3, each as it was last corrected. $1 is the definition's name, $4 its size.
 *
 * @param figures columns of a window besides those that identify it
 */
export function latestWindowsSql(figures: string): string {
  const from = (table: string) => `
  SELECT tenant_id, metric, tags, start, tags_md5, ${figures}
  FROM ${table}
  WHERE "window" = $1 AND start >= to_timestamp($2::float8 / 1000) AND start < to_timestamp($3::float8 / 1000)
    AND mod(round(date_part('epoch', start) * 1000)::bigint, $4::bigint) = 0`;
  return `written AS (${from('tactus.windows')}
), corrected AS (${from('tactus.corrections')}
), latest AS (
  SELECT * FROM corrected
  UNION ALL
  SELECT * FROM written AS w
  WHERE NOT EXISTS (
    SELECT FROM corrected AS c
    WHERE c.tenant_id = w.tenant_id AND c.metric = w.metric AND c.start = w.start AND c.tags_md5 = w.tags_md5)
)`;
}

/** The parameters of {@link latestWindowsSql} for a minute. */
export function minuteParameters({ name, sizeMs }: AlignedDefinition, start: number): unknown[] {
  return [name, start, start + BUCKET_MS['1m'], sizeMs];
}
