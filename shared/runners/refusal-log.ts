import type { Millis } from '../core/clock.js';
import type { ErrorCode } from '../core/errors.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { Refusal } from '../core/stage.js';
import type { Logger } from '../process/logger.js';
import { RareWarning } from './rare-warning.js';

/** Warns about refused records at most once per minute and code, so that one bad sender cannot flood the log. */
export class RefusalLog {
  readonly #codes = new Map<ErrorCode, RareWarning>();

  constructor(private readonly log: Logger) {}

  warn(refusals: readonly Refusal[], batch: RecordBatch, now: Millis): void {
    for (const { index, code, message } of refusals) {
      let known = this.#codes.get(code);
      if (known === undefined) {
        known = new RareWarning();
        this.#codes.set(code, known);
      }
      const records = known.add(1, now);
      if (records === 0) continue;
      this.log.warn(
        { offset: batch.offset(index), code, records },
        `${records} records refused since the last such line, this one among them: ${message}`,
      );
    }
  }
}
