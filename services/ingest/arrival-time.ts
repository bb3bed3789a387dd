import type { Millis } from '../../shared/core/clock.js';
import type { RecordBatch } from '../../shared/core/record-batch.js';
import type { StageTime } from '../../shared/core/stage.js';
import { StreamTime } from '../../shared/windows/stream-time.js';

/** What a checkpoint keeps; a field is missing where it is not known, as in checkpoints of earlier builds. */
export interface SavedTime {
  readonly time?: Millis;
  /** The highest timestamp seen, which may be ahead of the time at which it arrived. */
  readonly highest?: Millis;
}

/**
 * Stream time of one partition of `ingest.metrics`, by the rule of {@link StreamTime}. It follows from the log
 * alone, except where the log has nothing: read to its end and without points for the idle time-out, it goes on
 * with the wall clock, up to when the fetch was sent that found nothing. Records that are refused are no points: who
 * sends nothing else holds up nobody.
 */
export class ArrivalTime {
  readonly #stream: StreamTime;
  #atEnd = false;
  /** Points were observed since the last call of `passed`. */
  #observed = false;
  /** By the worker's clock, when there were points to read, or might have been; null right after a restore. */
  #activeAt: Millis | null = null;
  /** No point had arrived by then; null when that is not known. */
  #emptyAt: Millis | null = null;

  constructor(saved: SavedTime | null) {
    this.#stream = new StreamTime({ time: known(saved?.time), highest: known(saved?.highest) });
  }

  /** A valid point arrived; a duplicate too, since whether it is one depends on other partitions. */
  observe(timestamp: Millis, arrival: Millis): void {
    this.#observed = true;
    this.#stream.observe(timestamp, arrival);
  }

  /** The points of a batch were observed, or it is a tick. */
  passed({ atEnd, readAt }: Pick<RecordBatch, 'atEnd' | 'readAt'>, now: Millis, idleTimeoutMs: Millis): void {
    this.#atEnd = atEnd;
    if (this.#observed || !atEnd) this.#activeAt = now;
    this.#observed = false;
    this.#activeAt ??= now;
    if (readAt !== undefined) this.#emptyAt = Math.max(this.#emptyAt ?? readAt, readAt);
    if (readAt !== undefined && readAt - this.#activeAt >= idleTimeoutMs) this.#stream.idle(readAt);
  }

  get stageTime(): StageTime {
    const { time } = this.#stream.snapshot();
    if (time !== null || this.#emptyAt === null) return { time, atEnd: this.#atEnd };
    return { time: this.#emptyAt, atEnd: this.#atEnd, empty: true };
  }

  snapshot(): SavedTime {
    const { time, highest } = this.#stream.snapshot();
    return { ...(time !== null && { time }), ...(highest !== null && { highest }) };
  }
}

/** Null for what is no time. */
function known(time: Millis | undefined): Millis | null {
  return time !== undefined && Number.isSafeInteger(time) ? time : null;
}
