import type { Millis } from '../core/clock.js';
import type { ErrorCode } from '../core/errors.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { Refusal } from '../core/stage.js';
import type { Logger } from '../process/logger.js';

const WARN_EVERY_MS = 60_000;

/** Warns about refused records at most once per minute and code, so that one bad sender cannot flood the log. */
export class RefusalLog {
  readonly #codes = new Map<ErrorCode, { suppressed: number; lastWarnedAt: Millis }>();

  constructor(private readonly log: Logger) {}

  warn(refusals: readonly Refusal[], batch: RecordBatch, now: Millis): void {
    for (const { index, code, message } of refusals) {
      let known = this.#codes.get(code);
      if (known === undefined) {
        known = { suppressed: 0, lastWarnedAt: Number.NEGATIVE_INFINITY };
        this.#codes.set(code, known);
      }
      known.suppressed += 1;
      if (now - known.lastWarnedAt < WARN_EVERY_MS) continue;
      const { suppressed: records } = known;
      this.log.warn(
        { offset: batch.offset(index), code, records },
        `${records} records refused since the last such line, this one among them: ${message}`,
      );
      known.suppressed = 0;
      known.lastWarnedAt = now;
    }
  }
}
