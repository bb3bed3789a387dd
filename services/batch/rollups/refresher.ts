import type { Rollup } from '../../../schemas/types.js';
import { databaseError } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Clock, Millis } from '../../../shared/core/clock.js';
import { BUCKET_MS, BUCKETS, type Bucket, ROLLUP_VIEW } from './buckets.js';
import { type Mark, markPublished, readBacklog, readDirty, settle } from './dirty-ranges.js';
import type { Lease } from './lease.js';
import { Pace } from './pace.js';
import { type DirtyRange, planRefresh, type RefreshWindow } from './refresh-plan.js';
import { rollupPages, toRollup } from './rollup-rows.js';
import type { BatchTelemetry } from './telemetry.js';

/** Rows read and published at once. */
const PAGE_ROWS = 2_000;

export interface RefresherParts {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly telemetry: BatchTelemetry;
  /** Resolves when all of them are acknowledged. */
  readonly publish: (rollups: readonly Rollup[]) => Promise<void>;
  /** What is marked, beside the coarser buckets, when minutes have been refreshed. */
  readonly marks: (minutes: readonly Millis[]) => readonly Mark[];
  /** Start of the time whose points are all still there: nothing before it is refreshed. */
  readonly keptSince: () => Promise<Millis>;
  readonly republishIntervalMs: number;
  readonly maxRangesPerLook: number;
  readonly stopping: AbortSignal;
}

/** What a look found. */
export type Look = 'standby' | 'done' | 'more';

/**
 * Refreshes, publishes, settles; minutes before hours before days, because each is made from the
 * one before. A mark goes only after its rows are acknowledged, so a crash anywhere repeats work
 * and loses none.
 */
export class Refresher {
  readonly #parts: RefresherParts;
  readonly #pace: Pace;

  constructor(parts: RefresherParts) {
    this.#parts = parts;
    this.#pace = new Pace(parts.republishIntervalMs);
  }

  /** @throws TactusError what the database or the topic did; a retriable one is tried again by looking again. */
  async look(): Promise<Look> {
    const { pool, lease, telemetry, clock, stopping } = this.#parts;
    let more = false;
    for (const bucket of BUCKETS) {
      const holding = await lease.hold();
      telemetry.leads(holding);
      if (!holding) return 'standby';
      more = (await this.#work(bucket)) || more;
      if (stopping.aborted) return 'done';
    }
    telemetry.backlog(await readBacklog(pool, clock.now()));
    return more ? 'more' : 'done';
  }

  /** One length of bucket; true when there are more dirty ones than fit into a look. */
  async #work(bucket: Bucket): Promise<boolean> {
    const { pool, clock, lease, maxRangesPerLook, marks, keptSince, stopping } = this.#parts;
    const now = clock.now();
    const kept = await keptSince();
    const { ranges, more } = await readDirty(pool, bucket, now, maxRangesPerLook);
    // A late point may fall where the others have been dropped. What is left of them is the roll-up: it stays. Points go by
    // whole days, so a bucket that reaches over the line has all of its own.
    const isKept = ({ start }: DirtyRange) => start + BUCKET_MS[bucket] > kept;
    const gone = ranges.filter((range) => !isKept(range));
    if (gone.length > 0) await settle(pool, bucket, gone, []);
    const due = ranges.filter((range) => isKept(range) && this.#pace.due(bucket, range, now));
    const plan = planRefresh(bucket, due, now);
    for (const window of plan.refresh) {
      if (stopping.aborted || !(await lease.hold())) return false;
      await this.#refresh(bucket, window);
      await this.#publish(bucket, window.ranges);
      const minutes = bucket === '1m' ? window.ranges.map(({ start }) => start) : [];
      await settle(pool, bucket, window.ranges, marks(minutes));
    }
    if (plan.open.length > 0) {
      await this.#publish(bucket, plan.open);
      await markPublished(pool, bucket, plan.open);
    }
    // Of hours and days that are only waiting their turn, another look at once would find the same.
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
    for (const range of ranges) this.#pace.published(bucket, range, refreshedAt);
  }
}
