import type { Millis } from '../core/clock.js';
import type { ErrorCode } from '../core/errors.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { Refusal } from '../core/stage.js';
import { parseTraceparent } from '../core/trace-context.js';
import type { Logger } from '../process/logger.js';
import { RareWarning } from './rare-warning.js';

/** The trace of a record of a sampled request, by the names that OpenTelemetry gives these fields of logs. */
function traceOf(batch: RecordBatch, index: number): { trace_id: string; span_id: string } | undefined {
  const found = parseTraceparent(batch.headers(index).traceparent?.toString('latin1') ?? '');
  return found?.sampled === true ? { trace_id: found.traceId, span_id: found.spanId } : undefined;
}

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
        { offset: batch.offset(index), code, records, ...traceOf(batch, index) },
        `${records} records refused since the last such line, this one among them: ${message}`,
      );
    }
  }
}
