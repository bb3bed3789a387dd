import type { Logger } from '../process/logger.js';

const LOG_EVERY_MS = 5_000;

/** Tracks and reports how far the state has been rebuilt from a log after a restart. */
export class RestoreProgress {
  #position: number;
  #loggedAt = performance.now();

  /**
   * @param from first offset that is read
   * @param until offset after the last record that is needed
   * @param options.what what is rebuilt, for the log
   * @param options.onRemaining receives the number of records left, at once and after each batch
   */
  constructor(
    private readonly from: number,
    private readonly until: number,
    private readonly options: {
      readonly what: string;
      readonly onRemaining: (records: number) => void;
      readonly log: Logger;
    },
  ) {
    this.#position = from;
    this.#report();
  }

  /** True while records before `until` are still to come. */
  get running(): boolean {
    return this.#position < this.until;
  }

  /** Everything before `position` has been read. */
  advanceTo(position: number): void {
    if (!this.running) return;
    this.#position = position;
    this.#report();
    const { log, what } = this.options;
    if (!this.running) {
      log.info({ records: this.until - this.from }, `rebuilt the ${what}`);
    } else if (performance.now() - this.#loggedAt >= LOG_EVERY_MS) {
      this.#loggedAt = performance.now();
      const done = Math.floor((100 * (position - this.from)) / (this.until - this.from));
      log.info({ position, until: this.until }, `rebuilding the ${what}: ${done} %`);
    }
  }

  #report(): void {
    this.options.onRemaining(Math.max(0, this.until - this.#position));
  }
}
