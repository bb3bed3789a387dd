import type { Logger } from '../process/logger.js';

const LOG_EVERY_MS = 5_000;

/** Follows a reading-again after a restart, and says how far it is. */
export class Progress {
  #position: number;
  #loggedAt = performance.now();

  /**
   * @param from offset where reading starts
   * @param until offset of the first record that is not part of it
   * @param options.what what is rebuilt, in words
   * @param options.remaining told how many records are left, at once and after each batch
   */
  constructor(
    private readonly from: number,
    private readonly until: number,
    private readonly options: {
      readonly what: string;
      readonly remaining: (records: number) => void;
      readonly log: Logger;
    },
  ) {
    this.#position = from;
    this.#tell();
  }

  /** True while records before `until` are still to come. */
  get running(): boolean {
    return this.#position < this.until;
  }

  /** Everything before `position` has been read. */
  reached(position: number): void {
    if (!this.running) return;
    this.#position = position;
    this.#tell();
    const { log, what } = this.options;
    if (!this.running) {
      log.info({ records: this.until - this.from }, `rebuilt the ${what}`);
    } else if (performance.now() - this.#loggedAt >= LOG_EVERY_MS) {
      this.#loggedAt = performance.now();
      const done = Math.floor((100 * (position - this.from)) / (this.until - this.from));
      log.info({ position, until: this.until }, `rebuilding the ${what}: ${done} %`);
    }
  }

  #tell(): void {
    this.options.remaining(Math.max(0, this.until - this.#position));
  }
}
