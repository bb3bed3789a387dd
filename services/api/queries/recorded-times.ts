import type { Millis } from '../../../shared/core/clock.js';
import { recordedSource } from '../../../shared/wire/recorded-source.js';
import type { TenantReader } from './tenant-database.js';

/** Points of a metric that are looked through: those of other rules, and of whoever sends points of that name. */
const MAX_POINTS = 20_000;

/** When recording rules have given a value last, by their ids: the end of its window, of the last day. */
export async function findRecordedTimes(
  reader: TenantReader,
  rules: readonly {
    readonly id: string;
    readonly name: string;
    readonly values: { readonly record?: string };
  }[],
): Promise<ReadonlyMap<string, Millis>> {
  const recording = rules.filter(({ values }) => values.record !== undefined);
  if (recording.length === 0) return new Map();
  const rows = await reader.rows<{ id: string; time: Date | null }>(
    `SELECT id, (
       SELECT p.time FROM (
         SELECT time, kind, source FROM tactus_tenant.metric_points
         WHERE metric = r.metric AND time > now() - INTERVAL '1 day' ORDER BY time DESC LIMIT ${MAX_POINTS}
       ) AS p
       WHERE p.kind = 'recorded' AND p.source = r.source ORDER BY p.time DESC LIMIT 1
     ) AS time
     FROM unnest($1::text[], $2::text[], $3::text[]) AS r (id, metric, source)`,
    [
      recording.map(({ id }) => id),
      recording.map(({ values }) => values.record),
      recording.map(({ name }) => recordedSource(name)),
    ],
  );
  // The point stands at the last millisecond.
  return new Map(rows.flatMap(({ id, time }) => (time === null ? [] : [[id, time.getTime() + 1]])));
}
