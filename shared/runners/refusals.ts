import type { Millis } from '../core/clock.js';
import type { ErrorCode } from '../core/errors.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { Refusal } from '../core/stage.js';
import type { Logger } from '../process/logger.js';

const WARN_EVERY_MS = 60_000;

/** Warns of refused records once a minute and code: a sender that does not stop must not fill the logs. */
export class Refusals {
  /** By code, how many have not been told of, and when the last warning was. */
  readonly #codes = new Map<ErrorCode, { untold: number; toldAt: Millis }>();

  constructor(private readonly log: Logger) {}

  warn(refusals: readonly Refusal[], batch: RecordBatch, now: Millis): void {
    for (const { index, code, message } of refusals) {
      let known = this.#codes.get(code);
      if (known === undefined) {
        known = { untold: 0, toldAt: Number.NEGATIVE_INFINITY };
        this.#codes.set(code, known);
      }
      known.untold += 1;
      if (now - known.toldAt < WARN_EVERY_MS) continue;
      const { untold: records } = known;
      this.log.warn(
        { offset: batch.offset(index), code, records },
        `${records} records refused since the last such line, this one among them: ${message}`,
      );
      known.untold = 0;
      known.toldAt = now;
    }
  }
}
