import type { PoolClient } from '../../../shared/adapters/postgres/pool.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import type { StoredFigures, StreamFigures } from './figures.js';
import type { Difference } from './slot-comparison.js';
import type { Slot } from './slots.js';

/** Saves differences of a slot whose result is saved, and has none yet. */
export async function saveDifferences(
  client: Pick<PoolClient, 'query'>,
  definition: WindowDefinition,
  slot: Pick<Slot, 'start'>,
  differences: readonly Difference[],
): Promise<void> {
  if (differences.length === 0) return;
  const json = (figures: StreamFigures | null) => (figures === null ? null : JSON.stringify(figures));
  await client.query(
    `INSERT INTO tactus.differences ("window", slot, tenant_id, number, start, "end", metric, tags, cause, detail,
       stored_points, counted_points, late_points, stream, stored, expected)
     SELECT $1, to_timestamp($2::float8 / 1000), r.tenant_id, r.number, to_timestamp(r.start / 1000), to_timestamp(r.finish / 1000),
       r.metric, r.tags::jsonb, r.cause, r.detail, r.points, r.counted, r.late, r.stream::jsonb, r.stored::jsonb, r.expected::jsonb
     FROM unnest($3::text[], $4::float8[], $5::float8[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[],
       $11::bigint[], $12::bigint[], $13::text[], $14::text[], $15::text[]) WITH ORDINALITY AS r (tenant_id, start, finish, metric,
       tags, cause, detail, points, counted, late, stream, stored, expected, number)`,
    [
      ...[definition.name, slot.start],
      differences.map(({ tenantId }) => tenantId),
      differences.map(({ start }) => start),
      differences.map((one) => endOf(definition, one)),
      differences.map(({ metric }) => metric),
      differences.map(({ tags }) => JSON.stringify(tags)),
      differences.map(({ cause }) => cause),
      differences.map(({ finding }) => finding.detail),
      differences.map(({ finding }) => finding.stored),
      differences.map(({ finding }) => finding.counted),
      differences.map(({ finding }) => finding.late),
      differences.map(({ figures }) => json(figures.stream)),
      differences.map(({ figures }) => json(figuresOf(figures.all))),
      differences.map(({ figures }) => json(figuresOf(figures.inTime))),
    ],
  );
}

/** Null for points that are in no session. */
function endOf(definition: WindowDefinition, { start, end }: Difference): number | null {
  return definition.kind === 'session' ? (end ?? null) : start + definition.sizeMs;
}

/** As the stream has them; of several points with the first or last time, some one. */
function figuresOf(stored: StoredFigures | null): StreamFigures | null {
  if (stored === null) return null;
  const { count, sum, min, max, stddev, firsts, lasts, increase, distinct } = stored;
  return {
    ...{ count, sum, min, max, mean: sum / count, stddev },
    ...{ first: firsts[0] ?? min, last: lasts.at(-1) ?? max },
    ...{ increase: increase?.sum ?? null, distinct },
  };
}
