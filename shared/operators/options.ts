import type { Observable, SchedulerLike } from 'rxjs';
import type { Millis } from '../core/clock.js';
import { TactusError } from '../core/errors.js';
import type { Aggregate } from './aggregate.js';

/** A clock and a timer for streams that fall silent. */
export interface IdleAdvance {
  /** Without a record for this long, event time goes on with the scheduler's clock. */
  readonly idleTimeoutMs: Millis;
  /** Default: `asyncScheduler`, the machine's clock and timers. */
  readonly scheduler?: SchedulerLike;
}

/** What the operators have in common; `T` are the records, `R` a window's result. */
export interface WindowOptions<T, A, R> {
  /** When the record happened, in milliseconds since the epoch. */
  readonly timestamp: (record: T) => Millis;
  /** What the record counts for: each key has windows of its own. */
  readonly key: (record: T) => string;
  readonly aggregate: Aggregate<T, A, R>;
  /** How far the watermark stays behind the highest timestamp: the disorder that loses nothing. */
  readonly graceMs: Millis;
  /**
   * How far event time has come.
   *
   * - Left out: the watermark is the highest timestamp seen less the grace. A stream that falls
   *   silent keeps its last windows open until it goes on or completes.
   * - {@link IdleAdvance}: the same, but timestamps count no further than the scheduler's clock (one
   *   record from the future closes nothing), and silence is filled by that clock.
   * - An observable: its values are the watermark, and timestamps and grace move nothing. Its
   *   errors are the stream's errors; when it completes the watermark stays where it is.
   *
   * It never goes back.
   */
  readonly watermark?: Observable<Millis> | IdleAdvance;
  /**
   * Most keys with open windows, or with a session that ended less than a gap and the longest session
   * ago; default 100,000. A record of one more goes to {@link WindowBatch.refused} and counts nowhere.
   */
  readonly maxKeys?: number;
  /**
   * What becomes of the open windows when the source completes. `emit`, the default: they are
   * emitted, as if the watermark had reached the end of time; `discard`: they are not.
   */
  readonly atEnd?: 'emit' | 'discard';
}

/** A window that the watermark has passed: emitted once. */
export interface ClosedWindow<R> {
  readonly key: string;
  /** Inclusive. */
  readonly start: Millis;
  /** Exclusive. */
  readonly end: Millis;
  /** The watermark that closed it; infinite at the end of the source. */
  readonly watermark: Millis;
  readonly result: R;
}

/** A record that came after windows around it had been emitted. It counts in those still open. */
export interface LateRecord<T> {
  readonly record: T;
  /** Starts of the windows that it missed; for sessions its own timestamp. */
  readonly missed: readonly Millis[];
  readonly watermark: Millis;
}

/** One emission: never empty, at most one for each batch, watermark or tick. */
export interface WindowBatch<T, R> {
  /** By end. */
  readonly windows: readonly ClosedWindow<R>[];
  readonly late: readonly LateRecord<T>[];
  /** Records beyond `maxKeys`, in order. */
  readonly refused: readonly T[];
}

/**
 * Refuses an option that is not a whole number of at least `least`.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID`
 */
export function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      `${name} is ${value}; allowed is a whole number of at least ${least}`,
    );
  }
}
