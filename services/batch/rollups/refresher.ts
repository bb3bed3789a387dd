import type { Rollup } from '../../../schemas/types.js';
import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Clock, Millis } from '../../../shared/core/clock.js';
import type { Lease } from '../database/lease.js';
import { BUCKET_MS, BUCKETS, type Bucket, ROLLUP_VIEW } from './buckets.js';
import { completeRanges, type Mark, markPublished, readBacklog, readDirty } from './dirty-ranges.js';
import { PublishThrottle } from './publish-throttle.js';
import { type DirtyRange, planRefresh, type RefreshWindow } from './refresh-plan.js';
import { rollupPages, toRollup } from './rollup-rows.js';
import type { RollupTelemetry } from './telemetry.js';

/** Rows read and published at once. */
const PAGE_ROWS = 2_000;

export interface RefresherParts {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly telemetry: RollupTelemetry;
  /** Resolves when all of them are acknowledged. */
  readonly publish: (rollups: readonly Rollup[]) => Promise<void>;
  /** Marks to set after a refresh of minutes, besides those of coarser buckets. */
  readonly marks: (minutes: readonly Millis[]) => readonly Mark[];
  /** The time since which all points are kept: nothing before it is refreshed. */
  readonly keptSince: () => Promise<Millis>;
  readonly republishIntervalMs: number;
  readonly maxRangesPerRound: number;
  readonly stopping: AbortSignal;
}

/**
 * Refreshes and publishes dirty buckets: minutes before hours before days, because each is computed from the
 * previous one. A mark is deleted only after its rows are acknowledged, so a crash repeats work and loses none.
 */
export class Refresher {
  readonly #parts: RefresherParts;
  readonly #throttle: PublishThrottle;

  constructor(parts: RefresherParts) {
    this.#parts = parts;
    this.#throttle = new PublishThrottle(parts.republishIntervalMs);
  }

  /**
   * Works on a bounded number of dirty buckets.
   *
   * @returns 'standby' while another instance leads, 'more' when there are more dirty buckets
   * @throws TactusError of the database or the producer; the round can be repeated
   */
  async round(): Promise<'standby' | 'done' | 'more'> {
    const { pool, lease, telemetry, clock, stopping } = this.#parts;
    let more = false;
    for (const bucket of BUCKETS) {
      const leads = await lease.acquire();
      telemetry.leads(leads);
      if (!leads) return 'standby';
      more = (await this.#work(bucket)) || more;
      if (stopping.aborted) return 'done';
    }
    telemetry.backlog(await readBacklog(pool, clock.now()));
    return more ? 'more' : 'done';
  }

  /** Works on one length of bucket; true when there are more dirty ones. */
  async #work(bucket: Bucket): Promise<boolean> {
    const { pool, clock, lease, maxRangesPerRound, marks, keptSince, stopping } = this.#parts;
    const now = clock.now();
    const kept = await keptSince();
    const { ranges, more } = await readDirty(pool, bucket, now, maxRangesPerRound);
    // A late point may belong to a time whose points have been dropped: the roll-up of these is kept as it is. Points are
    // dropped by whole days, so a bucket that ends after the limit still has all of its points.
    const isKept = ({ start }: DirtyRange) => start + BUCKET_MS[bucket] > kept;
    const dropped = ranges.filter((range) => !isKept(range));
    if (dropped.length > 0) await completeRanges(pool, bucket, dropped, []);
    const due = ranges.filter((range) => isKept(range) && this.#throttle.due(bucket, range, now));
    const plan = planRefresh(bucket, due, now);
    for (const window of plan.refresh) {
      if (stopping.aborted || !(await lease.acquire())) return false;
      await this.#refresh(bucket, window);
      await this.#publish(bucket, window.ranges);
      const minutes = bucket === '1m' ? window.ranges.map(({ start }) => start) : [];
      await completeRanges(pool, bucket, window.ranges, marks(minutes));
    }
    if (plan.open.length > 0) {
      await this.#publish(bucket, plan.open);
      await markPublished(pool, bucket, plan.open);
    }
    // Throttled hours and days would be found again at once.
    return more && plan.refresh.length > 0;
  }

  async #refresh(bucket: Bucket, { start, end }: RefreshWindow): Promise<void> {
    const done = this.#parts.telemetry.timeRefresh(bucket);
    try {
      await this.#parts.pool.query(
        `CALL refresh_continuous_aggregate($1::regclass, to_timestamp($2::float8 / 1000), to_timestamp($3::float8 / 1000))`,
        [ROLLUP_VIEW[bucket], start, end],
      );
    } catch (error) {
      throw databaseError(error, `refreshing ${ROLLUP_VIEW[bucket]}`);
    }
    done();
  }

  async #publish(bucket: Bucket, ranges: readonly DirtyRange[]): Promise<void> {
    const { pool, clock, publish, telemetry } = this.#parts;
    const refreshedAt = clock.now();
    const starts = ranges.map(({ start }) => start);
    for await (const rows of rollupPages(pool, bucket, starts, PAGE_ROWS)) {
      await publish(rows.map((row) => toRollup(bucket, row, refreshedAt)));
      telemetry.published(bucket, rows.length);
    }
    for (const range of ranges) this.#throttle.published(bucket, range, refreshedAt);
  }
}
