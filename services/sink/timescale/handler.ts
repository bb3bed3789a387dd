import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import { batchHandler } from '../framework/batch-handler.js';
import type { SinkTelemetry } from '../framework/telemetry.js';
import type { Table } from './tables.js';
import { writeRows } from './write-rows.js';

/** Stores the records of one topic in one table. */
export function tableHandler<T>(
  pool: Pool,
  table: Table<T>,
  decoder: ValueDecoder<T>,
  { maxBatchRows, telemetry }: { maxBatchRows: number; telemetry: SinkTelemetry },
): BatchHandler {
  return batchHandler({
    target: 'timescale',
    table: table.table,
    undecodable: 'refuse',
    decoder,
    telemetry,
    write: (rows) => writeRows(pool, table, rows, maxBatchRows),
  });
}
