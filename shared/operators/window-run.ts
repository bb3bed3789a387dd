import type { Millis } from '../core/clock.js';
import { TactusError } from '../core/errors.js';
import type { Missed } from '../windows/pane-store.js';
import { StreamTime } from '../windows/stream-time.js';
import { KeyIndex } from './key-index.js';
import type { ClosedWindow, LateRecord, WindowBatch, WindowOptions } from './options.js';
import type { WindowStore } from './window-store.js';

type Shape<T, A, R> = Pick<WindowOptions<T, A, R>, 'timestamp' | 'key' | 'aggregate' | 'graceMs'>;

/**
 * One subscription's windows: no Rx, no clock, no timers. What comes out is collected until `take`.
 *
 * Time is kept as the watermark plus the grace, as the stores want it.
 */
export class WindowRun<T, A, R> {
  readonly #time = new StreamTime();
  readonly #keys: KeyIndex;
  #windows: ClosedWindow<R>[] = [];
  #late: LateRecord<T>[] = [];
  #refused: T[] = [];
  #records = 0;

  constructor(
    private readonly options: Shape<T, A, R>,
    private readonly store: WindowStore<T, A>,
    maxKeys: number,
  ) {
    this.#keys = new KeyIndex(maxKeys, (callback) => store.eachGroup(callback));
  }

  /**
   * Takes a record in, after closing the windows that its timestamp closes.
   *
   * @param wall how far the timestamp may move the watermark; -Infinity if not at all
   */
  add(record: T, wall: Millis): void {
    const at = this.options.timestamp(record);
    if (!Number.isFinite(at))
      throw new TactusError(
        'TACTUS_TIMESTAMP_OUT_OF_RANGE',
        `timestamp is ${at}; allowed is a finite number`,
      );
    this.#time.observe(at, wall);
    this.#close();
    const group = this.#keys.intern(this.options.key(record));
    if (group < 0) {
      this.#refused.push(record);
      return;
    }
    const missed: Missed[] = [];
    const arrival = { value: record, at, offset: this.#records++, time: this.#time.time };
    const outcome = this.store.add(group, arrival, missed);
    if (outcome === 'full') this.#refused.push(record);
    if (missed.length > 0) {
      this.#keys.released();
      const watermark = this.#time.time - this.options.graceMs;
      this.#late.push({ record, missed: missed.map(({ start }) => start), watermark });
    }
  }

  /** The watermark is at least this. */
  watermark(watermark: Millis): void {
    const time = watermark + this.options.graceMs;
    this.#time.observe(time, time);
    this.#close();
  }

  /** Nothing arrives and a clock shows `wall`. */
  idle(wall: Millis): void {
    this.#time.idle(wall);
    this.#close();
  }

  /** When `idle` will close something; infinite when nothing is open. */
  get closesAt(): Millis {
    return this.store.closesAt;
  }

  /** What has come out since the last call, or null. */
  take(): WindowBatch<T, R> | null {
    const batch = { windows: this.#windows, late: this.#late, refused: this.#refused };
    if (batch.windows.length + batch.late.length + batch.refused.length === 0) return null;
    this.#windows = [];
    this.#late = [];
    this.#refused = [];
    return batch;
  }

  #close(): void {
    if (this.#time.time < this.store.closesAt) return;
    this.store.close(this.#time.time, (group, start, end, watermark, acc) => {
      const result = this.options.aggregate.result(acc);
      this.#windows.push({ key: this.#keys.keyOf(group), start, end, watermark, result });
    });
    this.#keys.released();
  }
}
