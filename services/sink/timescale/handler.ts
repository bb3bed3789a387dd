import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import { decodeBatch } from '../decode.js';
import type { SinkTelemetry } from '../telemetry.js';
import type { Table } from './tables.js';
import { writeRows } from './write.js';

/** Stores the records of one topic in one table; what cannot be decoded or stored is refused. */
export function tableHandler<T>(
  pool: Pool,
  table: Table<T>,
  decoder: ValueDecoder<T>,
  options: { maxBatchRows: number; telemetry: SinkTelemetry },
): BatchHandler {
  return {
    decoder,
    handle: async (batch) => {
      const { rows, refusals } = decodeBatch(decoder, batch);
      const done = options.telemetry.timeWrite('timescale');
      const written = await writeRows(pool, table, rows, options.maxBatchRows);
      done();
      options.telemetry.written(table.table, written);
      return [...refusals, ...written.refusals].sort((a, b) => a.index - b.index);
    },
  };
}
