import type { WindowAggregate } from '../../../schemas/types.js';
import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import { COUNT_OR_INCREASE_CHANGED } from '../database/changed-sql.js';
import type { Difference } from './slot-comparison.js';

/** Records published at once. */
const PAGE = 500;

/**
 * The window including its late points, and its members where windowing had no room for them; null for a difference with
 * another cause, and for a session, which a late point may extend or merge with its neighbour.
 */
export function correctionOf(
  definition: WindowDefinition,
  difference: Difference,
  now: Millis,
): WindowAggregate | null {
  const { cause, figures, tenantId, metric, tags, start } = difference;
  const { all, lateAt, sketch } = figures;
  if ((cause !== 'late' && cause !== 'refused') || all === null || definition.kind === 'session') return null;
  const names = definition.quantiles ?? [];
  const { quantiles } = all;
  const increase = all.increase?.sum ?? null;
  return {
    tenantId,
    metric,
    tags: { ...tags },
    window: definition.name,
    start,
    end: start + definition.sizeMs,
    count: all.count,
    sum: all.sum,
    min: all.min,
    max: all.max,
    mean: all.sum / all.count,
    stddev: all.stddev,
    first: all.firsts[0] ?? all.min,
    last: all.lasts.at(-1) ?? all.max,
    quantiles:
      quantiles === null
        ? null
        : Object.fromEntries(names.map((q, i) => [String(q), quantiles[i] ?? all.max])),
    watermark: lateAt ?? start + definition.sizeMs,
    emittedAt: now,
    increase,
    rate: increase === null ? null : increase / (definition.sizeMs / 1_000),
    distinct: all.distinct,
    // As in windowing: those of windows that begin at multiples of their size cover time once.
    sketch: start % definition.sizeMs === 0 ? sketch : null,
    recordedBy: null,
  };
}

/** Saves corrections that are new, or of windows that got further late points. */
export async function saveCorrections(pool: Pool, corrections: readonly WindowAggregate[]): Promise<void> {
  if (corrections.length === 0) return;
  const numbers = (of: (one: WindowAggregate) => number) => corrections.map(of);
  try {
    await pool.query(
      `INSERT INTO tactus.corrections AS old (tenant_id, metric, tags, "window", start, "end", count, sum, min, max, mean,
         stddev, first, last, quantiles, watermark, emitted_at, increase, rate, "distinct", sketch)
       SELECT r.tenant_id, r.metric, r.tags::jsonb, r.name, to_timestamp(r.start / 1000), to_timestamp(r.finish / 1000),
         r.count::bigint, r.sum, r.min, r.max, r.mean, r.stddev, r.first, r.last, r.quantiles::jsonb,
         to_timestamp(r.watermark / 1000), to_timestamp(r.emitted / 1000), r.increase, r.rate,
         r.members::bigint, decode(r.sketch, 'base64')
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::float8[], $8::float8[],
         $9::float8[], $10::float8[], $11::float8[], $12::float8[], $13::float8[], $14::float8[], $15::text[], $16::float8[],
         $17::float8[], $18::float8[], $19::float8[], $20::float8[], $21::text[]) AS r (tenant_id, metric, tags, name, start,
         finish, count, sum, min, max, mean, stddev, first, last, quantiles, watermark, emitted, increase, rate, members, sketch)
       ON CONFLICT (tenant_id, metric, "window", start, tags_md5) DO UPDATE SET
         "end" = excluded."end", count = excluded.count, sum = excluded.sum, min = excluded.min, max = excluded.max,
         mean = excluded.mean, stddev = excluded.stddev, first = excluded.first, last = excluded.last,
         quantiles = excluded.quantiles, watermark = excluded.watermark, emitted_at = excluded.emitted_at, published = false,
         increase = excluded.increase, rate = excluded.rate, "distinct" = excluded."distinct", sketch = excluded.sketch
       WHERE ${COUNT_OR_INCREASE_CHANGED} OR old."distinct" IS DISTINCT FROM excluded."distinct"`,
      [
        corrections.map(({ tenantId }) => tenantId),
        corrections.map(({ metric }) => metric),
        corrections.map(({ tags }) => JSON.stringify(tags)),
        corrections.map(({ window }) => window),
        numbers(({ start }) => start),
        numbers(({ end }) => end),
        numbers(({ count }) => count),
        numbers(({ sum }) => sum),
        numbers(({ min }) => min),
        numbers(({ max }) => max),
        numbers(({ mean }) => mean),
        numbers(({ stddev }) => stddev),
        numbers(({ first }) => first),
        numbers(({ last }) => last),
        corrections.map(({ quantiles }) => (quantiles === null ? null : JSON.stringify(quantiles))),
        numbers(({ watermark }) => watermark),
        numbers(({ emittedAt }) => emittedAt),
        corrections.map(({ increase }) => increase),
        corrections.map(({ rate }) => rate),
        corrections.map(({ distinct }) => distinct),
        corrections.map(({ sketch }) => sketch?.toString('base64') ?? null),
      ],
    );
  } catch (error) {
    throw databaseError(error, 'saving corrections');
  }
}

interface Row extends Omit<WindowAggregate, 'tenantId' | 'emittedAt'> {
  readonly tenant_id: string;
  readonly emitted_at: number;
  readonly tags_md5: string;
}

/**
 * Publishes the corrections that have not been acknowledged, oldest first, and marks them. After a crash in between the
 * same records are published again, byte for byte.
 *
 * @returns the number of published corrections
 */
export async function publishCorrections(
  pool: Pool,
  publish: (corrections: readonly WindowAggregate[]) => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  const ms = (column: string) => `round((date_part('epoch', ${column}) * 1000)::numeric)::float8`;
  let published = 0;
  while (!signal.aborted) {
    try {
      const { rows } = await pool.query<Row>(
        `SELECT tenant_id, metric, tags, "window", ${ms('start')} AS start, ${ms('"end"')} AS "end", count::float8 AS count,
           sum, min, max, mean, stddev, first, last, quantiles, ${ms('watermark')} AS watermark,
           ${ms('emitted_at')} AS emitted_at, increase, rate, "distinct"::float8 AS "distinct", sketch, tags_md5
         FROM tactus.corrections WHERE NOT published ORDER BY tactus.corrections.emitted_at LIMIT ${PAGE}`,
      );
      if (rows.length === 0) return published;
      await publish(
        rows.map(({ tenant_id, emitted_at, tags_md5: _, ...rest }) => ({
          tenantId: tenant_id,
          emittedAt: emitted_at,
          ...rest,
        })),
      );
      // A correction that has changed meanwhile has another emission time, and remains to be published.
      await pool.query(
        `UPDATE tactus.corrections AS c SET published = true
         FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::text[], $6::float8[])
           AS r (tenant_id, metric, name, start, tags_md5, emitted)
         WHERE c.tenant_id = r.tenant_id AND c.metric = r.metric AND c."window" = r.name
           AND c.start = to_timestamp(r.start / 1000) AND c.tags_md5 = r.tags_md5::uuid
           AND c.emitted_at = to_timestamp(r.emitted / 1000)`,
        [
          rows.map(({ tenant_id }) => tenant_id),
          rows.map(({ metric }) => metric),
          rows.map(({ window }) => window),
          rows.map(({ start }) => start),
          rows.map(({ tags_md5 }) => tags_md5),
          rows.map(({ emitted_at }) => emitted_at),
        ],
      );
      published += rows.length;
      if (rows.length < PAGE) return published;
    } catch (error) {
      throw databaseError(error, 'publishing corrections');
    }
  }
  return published;
}
