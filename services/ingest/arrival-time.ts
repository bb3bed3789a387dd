import type { Millis } from '../../shared/core/clock.js';
import type { RecordBatch } from '../../shared/core/record-batch.js';
import type { StageTime } from '../../shared/core/stage.js';

/** What a checkpoint keeps; a field is missing where it is not known, as in checkpoints of earlier builds. */
export interface SavedTime {
  readonly time?: Millis;
  /** The highest timestamp seen, which may be ahead of the time at which it arrived. */
  readonly highest?: Millis;
}

/**
 * Stream time of one partition of `ingest.metrics`: the highest timestamp of a valid point, capped by the time at
 * which the broker took it in; it never goes back. It follows from the log alone, except where the log has
 * nothing: read to its end and without records for the idle time-out, it goes on with the wall clock, up to
 * when the fetch was sent that found nothing.
 */
export class ArrivalTime {
  #highest: Millis;
  #time: Millis;
  #atEnd = false;
  /** By the worker's clock, when there were records to read, or might have been; null right after a restore. */
  #activeAt: Millis | null = null;

  constructor(saved: SavedTime | null) {
    this.#time = known(saved?.time);
    this.#highest = known(saved?.highest);
  }

  /** A valid point arrived; a duplicate too, since whether it is one depends on other partitions. */
  observe(timestamp: Millis, arrival: Millis): void {
    if (timestamp > this.#highest) this.#highest = timestamp;
    const to = this.#highest < arrival ? this.#highest : arrival;
    if (to > this.#time) this.#time = to;
  }

  /** The points of a batch were observed, or it is a tick. */
  passed({ length, atEnd, readAt }: RecordBatch, now: Millis, idleTimeoutMs: Millis): void {
    this.#atEnd = atEnd;
    if (length > 0 || !atEnd) this.#activeAt = now;
    this.#activeAt ??= now;
    // Before the first point there is no time that could go on.
    if (readAt === undefined || this.#time === Number.NEGATIVE_INFINITY) return;
    if (readAt - this.#activeAt >= idleTimeoutMs && readAt > this.#time) this.#time = readAt;
  }

  get stageTime(): StageTime {
    return { time: Number.isFinite(this.#time) ? this.#time : null, atEnd: this.#atEnd };
  }

  snapshot(): SavedTime {
    return {
      ...(Number.isFinite(this.#time) && { time: this.#time }),
      ...(Number.isFinite(this.#highest) && { highest: this.#highest }),
    };
  }
}

function known(time: Millis | undefined): Millis {
  return Number.isSafeInteger(time) ? (time as Millis) : Number.NEGATIVE_INFINITY;
}
