import type { Event } from '../../../schemas/types.js';
import {
  checkEvent,
  checkSeries,
  checkSize,
  type Limits,
  type Rejection,
} from '../../../shared/admission/policy.js';
import type { Tenants } from '../../../shared/admission/tenants.js';
import type { Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { ValueEncoder } from '../../../shared/ports/codec.js';
import { recordKey } from '../../../shared/wire/series.js';
import type { RecordSink } from '../formats/format.js';
import { Outcome } from '../formats/outcome.js';
import { PointColumns } from '../points/point-columns.js';
import type { SeriesCache } from '../points/series-cache.js';
import { RequestAmounts } from '../quota/request-amounts.js';
import { PointWriter } from './point-writer.js';

export interface BatchSinkOptions {
  readonly points: Pick<ValueEncoder<never>, 'schemaId'>;
  readonly events: ValueEncoder<Event>;
  readonly limits: Limits;
  readonly tenants: Tenants;
  readonly cache: SeriesCache;
  /** Most bytes of records that one request may make. */
  readonly maxRecordBytes: number;
}

/** Writes what decoders read to a batch, as far as it is within the limits of `ingest`: one request after the other. */
export class BatchSink implements RecordSink {
  #batch = new OutputBatch();
  #outcome = new Outcome();
  #now: Millis = 0;
  #maxBytes = 0;
  #amounts = new RequestAmounts();

  readonly #columns = new PointColumns();
  readonly #writer: PointWriter;
  readonly cache: SeriesCache;

  constructor(private readonly options: BatchSinkOptions) {
    this.cache = options.cache;
    this.#writer = new PointWriter(options.limits, options.points.schemaId);
  }

  readonly checkSeries = (metric: string, tags: Readonly<Record<string, string>>): Rejection | null =>
    checkSeries(metric, tags, this.options.limits);

  columns(tenantId: string, source: string | null, decode: (columns: PointColumns) => void): void {
    const columns = this.#columns;
    this.#writer.use(this.#batch, this.#outcome, this.#now, tenantId, source);
    columns.begin((full) => {
      this.#writer.write(full);
      this.#requireRoom();
    });
    const { length, bytes } = this.#batch;
    decode(columns);
    columns.flush();
    const batch = this.#batch;
    this.#amounts.add(tenantId, 'points', batch.length - length, batch.bytes - bytes);
  }

  /** Begins a request, and counts in `amounts` what it writes. */
  use(batch: OutputBatch, outcome: Outcome, amounts: RequestAmounts, now: Millis): void {
    this.#amounts = amounts;
    this.#batch = batch;
    this.#outcome = outcome;
    this.#now = now;
    this.#maxBytes = batch.bytes + this.options.maxRecordBytes;
  }

  event(event: Event, index: number): boolean {
    const { limits, events } = this.options;
    const rejection = checkEvent(event, this.#now, limits) ?? this.checkTenant(event.tenantId);
    if (rejection !== null) return this.#refuse(index, rejection);
    const key = recordKey(event.tenantId, event.type);
    return this.#add('ingest.events', event.tenantId, key, events.encode(event), index);
  }

  checkTenant(tenantId: string): Rejection | null {
    return this.options.tenants.refusal(tenantId);
  }

  #refuse(index: number, rejection: Rejection): false {
    this.#outcome.refuse(index, rejection);
    return false;
  }

  /** @throws TactusError `TACTUS_BODY_TOO_LARGE` when the request makes too many records */
  #add(
    topic: 'ingest.metrics' | 'ingest.events',
    tenantId: string,
    key: string,
    value: Buffer,
    index: number,
  ): boolean {
    const rejection = checkSize(value.length, this.options.limits);
    if (rejection !== null) return this.#refuse(index, rejection);
    const batch = this.#batch;
    const before = batch.bytes;
    batch.add({ topic, key, value });
    const quantity = topic === 'ingest.metrics' ? 'points' : 'events';
    this.#amounts.add(tenantId, quantity, 1, batch.bytes - before);
    this.#requireRoom();
    this.#outcome.accepted += 1;
    return true;
  }

  /** @throws TactusError `TACTUS_BODY_TOO_LARGE` */
  #requireRoom(): void {
    if (this.#batch.bytes <= this.#maxBytes) return;
    throw new TactusError(
      'TACTUS_BODY_TOO_LARGE',
      `the request makes more than ${this.options.maxRecordBytes} bytes of records, which is twice TACTUS_GATEWAY_MAX_UNPACKED_BYTES`,
    );
  }
}
