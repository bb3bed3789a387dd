import type { Millis } from '../core/clock.js';
import type { ErrorCode } from '../core/errors.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { Refusal } from '../core/stage.js';
import { parseTraceparent, type TraceContext } from '../core/trace-context.js';
import type { ValueDecoder } from '../ports/codec.js';
import { aboutFields } from '../process/log-fields.js';
import type { Logger } from '../process/logger.js';
import { tenantOfKey } from '../wire/series.js';
import { RareWarning } from './rare-warning.js';

/** Warns about refused records at most once per minute and code, so that one bad sender cannot flood the log. */
export class RefusalLog {
  readonly #codes = new Map<ErrorCode, RareWarning>();

  /** @param decoder of the records */
  constructor(
    private readonly log: Logger,
    private readonly decoder: Pick<ValueDecoder<unknown>, 'decode'>,
  ) {}

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
        { offset: batch.offset(index), code, records, ...this.#about(batch, index) },
        `${records} records refused since the last such line, this one among them: ${message}`,
      );
    }
  }
  #about(batch: RecordBatch, index: number) {
    const { traceparent } = batch.headers(index);
    return aboutFields(this.#tenantOf(batch, index), sampledIn(traceparent));
  }

  /** By its value; of one that cannot be read by its key, if that names one. */
  #tenantOf(batch: RecordBatch, index: number): unknown {
    try {
      return (this.decoder.decode(batch.value(index)) as { readonly tenantId?: unknown }).tenantId;
    } catch {
      return tenantOfKey(batch.key(index)?.toString() ?? '');
    }
  }
}

/** The trace that a record's header names, if it is sampled. */
function sampledIn(header: Buffer | undefined): TraceContext | null {
  const found = parseTraceparent(header?.toString('latin1') ?? '');
  return found?.sampled === true ? found : null;
}
