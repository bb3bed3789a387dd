import {
  asyncScheduler,
  isObservable,
  Observable,
  type OperatorFunction,
  ReplaySubject,
  Subject,
  type Subscription,
  takeUntil,
  tap,
} from 'rxjs';
import type { Millis } from '../core/clock.js';
import type { Advance } from '../windows/keyed-batch.js';
import { StreamTime } from '../windows/stream-time.js';
import { aggregateWindows, trackStreamTime } from './batch-operators.js';
import { collectWindows } from './collect-windows.js';
import { KeyIndex } from './key-index.js';
import { KeyedWindows, type WindowStore } from './keyed-windows.js';
import { checkWhole, type IdleAdvance, type WindowBatch, type WindowOptions } from './options.js';
import { readRecords, type TimedRecords } from './read-records.js';

const DEFAULT_MAX_KEYS = 100_000;
/** Timers take no more than 31 bits of milliseconds. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * What the window operators share: batches, watermarks and ticks of a timer become one stream, which goes
 * through the same operators as the points of the windowing worker.
 */
export function windowOperator<T, A, R>(
  options: WindowOptions<T, A, R>,
  makeStore: (maxKeys: number) => WindowStore<T, A>,
): OperatorFunction<Iterable<T>, WindowBatch<T, R>> {
  const { watermark, maxKeys = DEFAULT_MAX_KEYS, atEnd = 'emit', graceMs } = options;
  const watermarks = isObservable(watermark) ? watermark : null;
  const idle = isObservable(watermark) ? undefined : watermark;
  checkWhole('graceMs', graceMs, 0);
  checkWhole('maxKeys', maxKeys, 1);
  if (idle !== undefined) checkWhole('idleTimeoutMs', idle.idleTimeoutMs, 1);
  return (source) =>
    new Observable((subscriber) => {
      const store = makeStore(maxKeys);
      const keys = new KeyIndex(maxKeys, (callback) => store.eachGroup(callback));
      const windows = new KeyedWindows(store, keys, options.aggregate);
      // Ends a source that emits without a pause, or is not there yet, as soon as nobody listens.
      const gone = new ReplaySubject<void>(1);
      subscriber.add(() => gone.next());
      const input = new Subject<TimedRecords<T>>();
      let arrived = false;
      input
        .pipe(
          readRecords(options, keys),
          tap(({ length }) => {
            arrived = length > 0;
          }),
          trackStreamTime(new StreamTime()),
          aggregateWindows(windows),
          collectWindows<T, R>(),
        )
        .subscribe(subscriber);
      const advance = (by: Advance['by'], to: Millis): void =>
        input.next({ records: [], now: Number.NEGATIVE_INFINITY, advance: { by, to } });
      const timer = idle === undefined ? null : new IdleTimer(idle, windows, (now) => advance('idle', now));
      if (timer !== null) subscriber.add(() => timer.stop());
      const now = (): Millis => {
        if (watermarks !== null) return Number.NEGATIVE_INFINITY;
        return timer === null ? Number.POSITIVE_INFINITY : timer.now();
      };
      watermarks?.pipe(takeUntil(gone)).subscribe({
        next: (at) => advance('watermark', at + graceMs),
        error: (error: unknown) => subscriber.error(error),
      });
      source.pipe(takeUntil(gone)).subscribe({
        next: (records) => {
          input.next({ records, now: now(), advance: null });
          if (arrived) timer?.restart();
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          if (atEnd === 'emit') advance('watermark', Number.POSITIVE_INFINITY);
          subscriber.complete();
        },
      });
    });
}

/** Moves event time with a clock while nothing arrives; sleeps until there is something to close. */
class IdleTimer {
  readonly #scheduler;
  #lastRecordAt = 0;
  #waiting: Subscription | undefined;
  #stopped = false;

  constructor(
    private readonly idle: IdleAdvance,
    private readonly windows: { readonly closesAt: Millis },
    private readonly tick: (now: Millis) => void,
  ) {
    this.#scheduler = idle.scheduler ?? asyncScheduler;
  }

  now(): Millis {
    return this.#scheduler.now();
  }

  /** A record has just arrived. */
  restart(): void {
    this.#lastRecordAt = this.now();
    this.#wait();
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting?.unsubscribe();
  }

  #wait(): void {
    this.#waiting?.unsubscribe();
    const due = Math.max(this.#lastRecordAt + this.idle.idleTimeoutMs, this.windows.closesAt);
    if (this.#stopped || due === Number.POSITIVE_INFINITY) return;
    const delay = Math.min(MAX_DELAY_MS, Math.max(0, due - this.now()));
    this.#waiting = this.#scheduler.schedule(() => {
      this.tick(this.now());
      this.#wait();
    }, delay);
  }
}
