import { hash } from 'node:crypto';
import type { ErrorCode } from '../../../shared/core/errors.js';
import { writeIdentity } from '../../../shared/wire/series.js';

/** The symbols of MetricPoint's `kind`, in the order of its schema: an entry has the place of one. */
export const KINDS = ['gauge', 'delta', 'cumulative', 'member'] as const;
export const GAUGE = 0;
export const DELTA = 1;
export const CUMULATIVE = 2;

/** Longer ones are left out. */
const MAX_UNIT = 256;

/** The unit of a series by what its sender says; null for none. What is counted has no unit of what is measured. */
export function unitOf(said: string, isCount: boolean): string | null {
  return said === '' || said.length > MAX_UNIT || isCount ? null : said;
}

/** Why a series is refused. */
export type SeriesRejection = { readonly code: ErrorCode; readonly message: string };

/** Bytes of memory that an entry takes besides its identity, about. */
const OWN_BYTES = 480;

/** What all points of a series have in common, found once and kept by a {@link SeriesCache}. */
export class SeriesEntry {
  /** May change: of some formats kind and unit are known later than the series. */
  kind = GAUGE;
  unit: string | null = null;
  /** Which metadata these two are of; the formats that have any know what that means. */
  metadata = 0;

  constructor(
    readonly metric: string,
    /** Avro bytes of metric and tags, sorted by name, as they stand in a MetricPoint behind the tenant. */
    readonly identity: Buffer,
    /** ASCII: what the ids of all its points begin with; no other series has the same. */
    readonly idStart: Buffer,
    /** Why none of its points is let in; null when they are. */
    readonly rejection: SeriesRejection | null,
  ) {}

  /** Memory that it takes. */
  get bytes(): number {
    return OWN_BYTES + 2 * this.identity.length;
  }
}

/**
 * Avro bytes of metric and tags, sorted by name: the same for any order of the tags. They go on for as long as nobody else
 * calls this or `writeIdentity`.
 */
export function seriesIdentity(metric: string, tags: Readonly<Record<string, string>>): Buffer {
  // Without its tenant an identity begins with the length of the empty text, which is one byte.
  return writeIdentity({ tenantId: '', metric, tags }, null).subarray(1);
}

/** 128 bits of a hash as 22 ASCII characters. */
export function seriesHash(identity: Buffer): Buffer {
  return Buffer.from(hash('sha256', identity, 'base64url').slice(0, 22), 'latin1');
}
