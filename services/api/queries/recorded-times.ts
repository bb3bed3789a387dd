import type { Millis } from '../../../shared/core/clock.js';
import type { TenantReader } from './tenant-database.js';

/** When recording rules have given a value last, by the metric: the end of its window, of the last day. */
export async function findRecordedTimes(
  reader: TenantReader,
  rules: readonly { readonly values: { readonly record?: string } }[],
): Promise<ReadonlyMap<string, Millis>> {
  const metrics = [...new Set(rules.flatMap(({ values }) => values.record ?? []))];
  if (metrics.length === 0) return new Map();
  const rows = await reader.rows<{ metric: string; time: Date | null }>(
    `SELECT metric, (
       SELECT p.time FROM tactus_tenant.metric_points AS p
       WHERE p.metric = m.metric AND p.time > now() - INTERVAL '1 day' AND p.kind = 'recorded'
       ORDER BY p.time DESC LIMIT 1
     ) AS time
     FROM unnest($1::text[]) AS m (metric)`,
    [metrics],
  );
  // The point stands at the last millisecond.
  return new Map(rows.flatMap(({ metric, time }) => (time === null ? [] : [[metric, time.getTime() + 1]])));
}
