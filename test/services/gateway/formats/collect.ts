import type { Decoding } from '../../../../services/gateway/formats/decoding.js';
import { PointColumns } from '../../../../services/gateway/points/point-columns.js';
import { SeriesCache } from '../../../../services/gateway/points/series-cache.js';
import { KINDS, type SeriesRejection } from '../../../../services/gateway/points/series-entry.js';
import { checkSeries } from '../../../../shared/admission/policy.js';
import { readIdentity } from '../../../../shared/wire/series.js';

export const NOON = 1_700_049_600_000;
const LIMITS = { maxFutureMs: 600_000, maxAgeMs: 864_000_000, maxValueBytes: 100_000, maxTags: 64 };
const EMPTY_TENANT = Buffer.of(0);

/** A point as a reader of `ingest.metrics` would see it. */
export interface SeenPoint {
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly timestamp: number;
  readonly value: number;
  readonly id: string;
  readonly unit: string | null;
  readonly kind: string;
  readonly startTimestamp: number | null;
  readonly item: number;
}

/** What a decoder has made of a body. */
export interface Seen {
  readonly points: SeenPoint[];
  readonly refused: { readonly item: number; readonly code: string; readonly message: string }[];
  readonly leftOut: Record<string, number>;
}

/** Runs decoders with one cache, as the gateway does. */
export class Collector {
  readonly cache: SeriesCache;
  readonly #columns = new PointColumns();

  constructor(maxBytes = 2 ** 26) {
    this.cache = new SeriesCache({ maxBytes, maxTenantBytes: maxBytes });
  }

  decode(run: (decoding: Decoding) => void, tenantId = 'acme'): Seen {
    const seen: Seen = { points: [], refused: [], leftOut: {} };
    const refuse = (item: number, { code, message }: SeriesRejection) => {
      seen.refused.push({ item, code, message });
    };
    this.#columns.begin((columns) => {
      const { series, timestamp, value, startTimestamp, item, tails, tailStart, tailEnd } = columns;
      for (let i = 0; i < columns.length; i++) {
        const entry = series[i] as (typeof series)[number];
        if (entry.rejection !== null) {
          refuse(item[i] as number, entry.rejection);
          continue;
        }
        const { metric, tags } = readIdentity(Buffer.concat([EMPTY_TENANT, entry.identity]));
        const start = startTimestamp[i] as number;
        seen.points.push({
          metric,
          tags,
          timestamp: timestamp[i] as number,
          value: value[i] as number,
          id: entry.idStart.toString('latin1') + tails.toString('latin1', tailStart[i], tailEnd[i]),
          unit: entry.unit,
          kind: KINDS[entry.kind] as string,
          startTimestamp: Number.isNaN(start) ? null : start,
          item: item[i] as number,
        });
      }
    });
    run({
      tenantId,
      now: NOON,
      columns: this.#columns,
      cache: this.cache,
      outcome: {
        refuse,
        leaveOut: (reason, count = 1) => {
          seen.leftOut[reason] = (seen.leftOut[reason] ?? 0) + count;
        },
      },
      checkSeries: (metric, tags) => checkSeries(metric, tags, LIMITS),
    });
    return seen;
  }
}
