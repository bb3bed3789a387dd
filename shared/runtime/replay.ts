import type { Logger } from './logger.js';
import type { PipelineTelemetry } from './telemetry.js';

const LOG_EVERY_MS = 5_000;

/**
 * Follows the reading-again of a partition after a restart, and says how far it is.
 *
 * @param from offset where reading starts
 * @param until offset of the first record that was not processed before
 */
export class Replay {
  #position: number;
  #loggedAt = performance.now();

  constructor(
    private readonly from: number,
    private readonly until: number,
    private readonly telemetry: PipelineTelemetry,
    private readonly labels: { group: string; topic: string; partition: number },
    private readonly log: Logger,
  ) {
    this.#position = from;
    this.#tell();
  }

  /** True while records before `until` are still to come. */
  get running(): boolean {
    return this.#position < this.until;
  }

  /** Everything before `position` has been stepped through. */
  reached(position: number): void {
    if (!this.running) return;
    this.#position = position;
    this.#tell();
    if (!this.running) {
      this.log.info({ records: this.until - this.from }, 'state rebuilt from the log');
    } else if (performance.now() - this.#loggedAt >= LOG_EVERY_MS) {
      this.#loggedAt = performance.now();
      const done = Math.floor((100 * (position - this.from)) / (this.until - this.from));
      this.log.info({ position, until: this.until }, `rebuilding the state from the log: ${done} %`);
    }
  }

  #tell(): void {
    this.telemetry.replaying(this.labels, Math.max(0, this.until - this.#position));
  }
}
