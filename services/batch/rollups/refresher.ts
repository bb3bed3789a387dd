import type { Rollup } from '../../../schemas/types.js';
import { databaseError, failedByData } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Clock, Millis } from '../../../shared/core/clock.js';
import { messageOf } from '../../../shared/core/errors.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import type { Logger } from '../../../shared/process/logger.js';
import type { Lease } from '../database/lease.js';
import { BUCKET_MS, BUCKETS, type Bucket, ROLLUP_VIEW } from './buckets.js';
import { largestSums, refusePoints } from './contain.js';
import {
  completeRanges,
  type Mark,
  markPublished,
  postpone,
  RECENT_MS,
  readBacklog,
  readDirty,
} from './dirty-ranges.js';
import { rollUpIncreases } from './increases.js';
import { PublishThrottle } from './publish-throttle.js';
import { type DirtyRange, halvesOf, planRefresh, type RefreshWindow, windowOf } from './refresh-plan.js';
import { rollupPages, toRollup } from './rollup-rows.js';
import type { RollupTelemetry } from './telemetry.js';

/** Rows read and published at once. */
const PAGE_ROWS = 2_000;
/** Metrics that are named in one log line. */
const NAMED = 10;
/** Time for the buckets of one length until it is the others' turn: sparse history takes a call for each of its minutes. */
const TURN_MS = 10_000;
/** A bucket that fails because of its data is tried again after so long: only a person can help it. */
const RETRY_FAILED_MS = 3_600_000;

export interface RefresherParts {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly log: Logger;
  readonly telemetry: RollupTelemetry;
  /** Resolves when all of them are acknowledged. */
  readonly publish: (rollups: readonly Rollup[]) => Promise<void>;
  /** Marks to set after a refresh of minutes, besides those of coarser buckets. */
  readonly marks: (minutes: readonly Millis[]) => readonly Mark[];
  /** The time since which all points of all tenants are kept: minutes before it are computed anew instead of refreshed. */
  readonly keptSince: () => Promise<Millis>;
  readonly republishIntervalMs: number;
  readonly maxRangesPerRound: number;
  readonly stopping: AbortSignal;
}

/**
 * Refreshes and publishes dirty buckets: minutes before hours before days, because each is computed from the
 * previous one. A mark is deleted only after its rows are acknowledged, so a crash repeats work and loses none.
 *
 * A bucket that fails because of the data in it is found by halving, and does not hold up the others.
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
      const leads = await lease.acquire().catch((error: unknown) => {
        telemetry.unknown();
        throw error;
      });
      if (!leads) {
        telemetry.standby();
        return 'standby';
      }
      telemetry.leads();
      const outcome = await this.#work(bucket);
      if (stopping.aborted) return 'done';
      if (outcome !== 'done') more = true;
      // Coarser buckets fail, too, until the minutes are computed without the points that were moved.
      if (outcome === 'again') break;
    }
    telemetry.backlog(await readBacklog(pool, clock.now()));
    return more ? 'more' : 'done';
  }

  /** Works on one length of bucket: 'more' when there are more dirty ones, 'again' when points were moved out of the way. */
  async #work(bucket: Bucket): Promise<'done' | 'more' | 'again'> {
    const { pool, clock, lease, maxRangesPerRound, keptSince, stopping } = this.#parts;
    const now = clock.now();
    const { ranges, more } = await readDirty(pool, bucket, now, maxRangesPerRound);
    const due = ranges.filter((range) => this.#throttle.due(bucket, range, now));
    // Points are dropped by whole days, so a bucket that ends after the limit still has all of them. Hours and days are
    // computed from minutes, which are kept for longer.
    const kept = bucket === '1m' ? await keptSince() : Number.NEGATIVE_INFINITY;
    const isKept = ({ start }: DirtyRange) => start + BUCKET_MS[bucket] > kept;
    const plan = planRefresh(bucket, due.filter(isKept), now);
    const old = planRefresh(
      bucket,
      due.filter((range) => !isKept(range)),
      now,
    );
    const isRecent = ({ end }: RefreshWindow) => end > now - RECENT_MS;
    let moved = false;
    let isOver = false;
    for (const [windows, compute] of [
      [plan.refresh.filter(isRecent), this.#refresh],
      [old.refresh, this.#recompute],
      [plan.refresh.filter((window) => !isRecent(window)), this.#refresh],
    ] as const)
      for (const window of windows) {
        isOver ||= clock.now() - now > TURN_MS;
        if (isOver) break;
        if (stopping.aborted || !(await lease.acquire())) return 'done';
        moved =
          (await this.#contained(bucket, window, (part) => this.#close(bucket, part, compute))) || moved;
      }
    const open = windowOf(bucket, plan.open);
    if (open !== null)
      moved = (await this.#contained(bucket, open, (part) => this.#publishOpen(bucket, part))) || moved;
    if (moved) return 'again';
    if (isOver) return 'more';
    // Throttled hours and days would be found again at once.
    return more && plan.refresh.length + old.refresh.length > 0 ? 'more' : 'done';
  }

  /**
   * Does some work on buckets, less those whose data make it fail.
   *
   * @returns true when points were moved out of the way, so that it can be done now
   */
  async #contained(
    bucket: Bucket,
    window: RefreshWindow,
    work: (window: RefreshWindow) => Promise<void>,
  ): Promise<boolean> {
    try {
      await work(window);
      return false;
    } catch (error) {
      if (!failedByData(error)) throw error;
      if (await this.#refuse(bucket, window)) return true;
      if (window.ranges.length === 1) {
        await this.#postpone(bucket, window.start, error);
        return false;
      }
      let moved = false;
      for (const half of halvesOf(bucket, window))
        moved = (await this.#contained(bucket, half, work)) || moved;
      return moved;
    }
  }

  /** Moves what no roll-up can hold out of the way; false when there is nothing. */
  async #refuse(bucket: Bucket, { start: from, end: to }: RefreshWindow): Promise<boolean> {
    const { pool, log, telemetry } = this.#parts;
    const refused = await refusePoints(pool, from, to);
    if (refused.length === 0) return false;
    telemetry.refused(refused.reduce((sum, { points }) => sum + points, 0));
    log.warn(
      { bucket, from, to, refused: refused.slice(0, NAMED) },
      `values that cannot be rolled up from ${isoTime(from)} to ${isoTime(to)} were moved to tactus.refused_points or tactus.refused_rollups`,
    );
    return true;
  }

  /** Leaves a bucket alone for some time. */
  async #postpone(bucket: Bucket, start: Millis, error: unknown): Promise<void> {
    const { pool, clock, log, telemetry } = this.#parts;
    await postpone(pool, { bucket, start }, clock.now() + RETRY_FAILED_MS);
    telemetry.failed(bucket);
    const series = await largestSums(pool, bucket, start);
    const what = `the roll-up ${bucket} at ${isoTime(start)}`;
    log.error({ error, bucket, start, series }, `${what} fails: ${messageOf(error)}`);
  }

  async #close(
    bucket: Bucket,
    { start, end, ranges }: RefreshWindow,
    compute: (bucket: Bucket, window: RefreshWindow) => Promise<void>,
  ): Promise<void> {
    await compute(bucket, { start, end, ranges });
    await this.#publish(bucket, ranges);
    const minutes = bucket === '1m' ? ranges.map(({ start }) => start) : [];
    await completeRanges(this.#parts.pool, bucket, ranges, this.#parts.marks(minutes));
  }

  async #publishOpen(bucket: Bucket, { ranges }: RefreshWindow): Promise<void> {
    await this.#publish(bucket, ranges);
    await markPublished(this.#parts.pool, bucket, ranges);
  }

  readonly #refresh = async (bucket: Bucket, { start, end }: RefreshWindow): Promise<void> => {
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
  };

  readonly #recompute = async (_: Bucket, { ranges }: RefreshWindow): Promise<void> => {
    try {
      await this.#parts.pool.query(
        `SELECT tactus.recompute_minutes(ARRAY(SELECT to_timestamp(s / 1000) FROM unnest($1::float8[]) AS s))`,
        [ranges.map(({ start }) => start)],
      );
    } catch (error) {
      throw databaseError(error, 'computing minutes of tactus.rollup_1m anew');
    }
  };

  async #publish(bucket: Bucket, ranges: readonly DirtyRange[]): Promise<void> {
    const { pool, clock, publish, telemetry } = this.#parts;
    const refreshedAt = clock.now();
    const starts = ranges.map(({ start }) => start);
    await rollUpIncreases(pool, bucket, starts);
    for await (const rows of rollupPages(pool, bucket, starts, PAGE_ROWS)) {
      await publish(rows.map((row) => toRollup(bucket, row, refreshedAt)));
      telemetry.published(bucket, rows.length);
    }
    for (const range of ranges) this.#throttle.published(bucket, range, refreshedAt);
  }
}
