import {
  asyncScheduler,
  isObservable,
  Observable,
  type OperatorFunction,
  ReplaySubject,
  type Subscription,
  takeUntil,
} from 'rxjs';
import type { Millis } from '../core/clock.js';
import { checkWhole, type IdleAdvance, type WindowBatch, type WindowOptions } from './options.js';
import { WindowRun } from './window-run.js';
import type { WindowStore } from './window-store.js';

const DEFAULT_MAX_KEYS = 100_000;
/** Timers take no more than 31 bits of milliseconds. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** What the window operators share: batches, watermarks and ticks in, batches of windows out. */
export function windowOperator<T, A, R>(
  options: WindowOptions<T, A, R>,
  makeStore: (maxKeys: number) => WindowStore<T, A>,
): OperatorFunction<Iterable<T>, WindowBatch<T, R>> {
  const { watermark, maxKeys = DEFAULT_MAX_KEYS, atEnd = 'emit' } = options;
  const watermarks = isObservable(watermark) ? watermark : null;
  const idle = isObservable(watermark) ? undefined : watermark;
  checkWhole('graceMs', options.graceMs, 0);
  checkWhole('maxKeys', maxKeys, 1);
  if (idle !== undefined) checkWhole('idleTimeoutMs', idle.idleTimeoutMs, 1);
  return (source) =>
    new Observable((subscriber) => {
      const run = new WindowRun(options, makeStore(maxKeys), maxKeys);
      // Ends a source that emits without a pause, or is not there yet, as soon as nobody listens.
      const gone = new ReplaySubject<void>(1);
      subscriber.add(() => gone.next());
      const emitAfter = (work: () => void): void => {
        if (subscriber.closed) return;
        try {
          work();
        } catch (error) {
          subscriber.error(error);
          return;
        }
        const batch = run.take();
        if (batch !== null) subscriber.next(batch);
      };
      const timer = idle === undefined ? null : new IdleTimer(idle, run, emitAfter);
      if (timer !== null) subscriber.add(() => timer.stop());
      const wall = (): Millis => {
        if (watermarks !== null) return Number.NEGATIVE_INFINITY;
        return timer === null ? Number.POSITIVE_INFINITY : timer.now();
      };
      watermarks?.pipe(takeUntil(gone)).subscribe({
        next: (at) => emitAfter(() => run.watermark(at)),
        error: (error: unknown) => subscriber.error(error),
      });
      source.pipe(takeUntil(gone)).subscribe({
        next: (batch) => {
          const now = wall();
          let records = 0;
          emitAfter(() => {
            for (const record of batch) {
              run.add(record, now);
              records += 1;
            }
          });
          if (records > 0) timer?.restart();
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          if (atEnd === 'emit') emitAfter(() => run.watermark(Number.POSITIVE_INFINITY));
          subscriber.complete();
        },
      });
    });
}

/** Moves event time with a clock while nothing arrives; sleeps until there is something to close. */
class IdleTimer<T, A, R> {
  readonly #scheduler;
  #lastRecordAt = 0;
  #waiting: Subscription | undefined;
  #stopped = false;

  constructor(
    private readonly idle: IdleAdvance,
    private readonly run: WindowRun<T, A, R>,
    private readonly emitAfter: (work: () => void) => void,
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
    const due = Math.max(this.#lastRecordAt + this.idle.idleTimeoutMs, this.run.closesAt);
    if (this.#stopped || due === Number.POSITIVE_INFINITY) return;
    const delay = Math.min(MAX_DELAY_MS, Math.max(0, due - this.now()));
    this.#waiting = this.#scheduler.schedule(() => {
      this.emitAfter(() => this.run.idle(this.now()));
      this.#wait();
    }, delay);
  }
}
