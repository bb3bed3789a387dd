import type { FlushPolicy } from '../../../shared/core/record-accumulator.js';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import type { Refusal } from '../../../shared/core/stage.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import { decodeRecords, type Row, range } from './decode.js';
import type { SinkTelemetry, Target } from './telemetry.js';

/** The outcome of a write: every row is in exactly one of the three. */
export interface Written {
  /** Rows added or replaced. */
  readonly stored: number;
  /** Rows that the target already had, in this or a newer version. */
  readonly unchanged: number;
  /** Rows that the target does not accept because of their content. */
  readonly refusals: readonly Refusal[];
}

export interface BatchHandlerOptions<T> {
  readonly target: Target;
  /** Label of the metrics; see {@link SinkTelemetry.written}. */
  readonly table: string;
  readonly decoder: ValueDecoder<T>;
  readonly telemetry: SinkTelemetry;
  readonly flushPolicy?: FlushPolicy;
  /**
   * Records that cannot be decoded are refused, which makes dead letters of them, by one target only: the
   * database. The others skip and count them, so that there is one dead letter per record.
   */
  readonly undecodable: 'refuse' | 'skip';
  /** True to leave out records without a value: compaction, not data. */
  readonly ignoreTombstones?: boolean;
  /** Stores the rows; must be idempotent, since a retriable error makes the same batch come again. */
  write(rows: readonly Row<T>[], batch: RecordBatch, signal: AbortSignal): Promise<Written>;
}

/** What the handlers of all targets have in common: decode, write, count, refuse. */
export function batchHandler<T>(options: BatchHandlerOptions<T>): BatchHandler {
  const { target, table, decoder, telemetry, flushPolicy, undecodable } = options;
  const ignored = (batch: RecordBatch, index: number) =>
    options.ignoreTombstones === true && batch.value(index) === null;
  return {
    decoder,
    ...(flushPolicy === undefined ? {} : { flushPolicy }),
    handle: async (batch, signal) => {
      const indices = [...range(0, batch.length)].filter((index) => !ignored(batch, index));
      const decoded = decodeRecords(decoder, batch, indices);
      const done = telemetry.timeWrite(target);
      const written = await options.write(decoded.rows, batch, signal);
      done();
      telemetry.written(target, table, written);
      if (undecodable === 'refuse')
        return [...decoded.refusals, ...written.refusals].sort((a, b) => a.index - b.index);
      if (decoded.refusals.length > 0) telemetry.skipped(target, decoded.refusals.length);
      return written.refusals;
    },
  };
}
