import type { Alert, WindowAggregate } from '../../../schemas/types.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import { batchHandler } from '../framework/batch-handler.js';
import type { SinkTelemetry } from '../framework/telemetry.js';
import { recordedPoint } from './recorded-points.js';
import { alertStates, alerts, recordedPoints, type Table, windows } from './tables.js';
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

/**
 * Stores windows, and before them what rules have recorded as the points that queries read: no point of `metrics`
 * stands for it.
 */
export function windowHandler(
  pool: Pool,
  decoder: ValueDecoder<WindowAggregate>,
  { maxBatchRows, telemetry }: { maxBatchRows: number; telemetry: SinkTelemetry },
): BatchHandler {
  return batchHandler({
    target: 'timescale',
    table: windows.table,
    undecodable: 'refuse',
    decoder,
    telemetry,
    async write(rows) {
      const points = rows.flatMap(({ index, value }) =>
        value.recordedBy === null ? [] : [{ index, value: recordedPoint(value, value.recordedBy) }],
      );
      const { refusals } = await writeRows(pool, recordedPoints, points, maxBatchRows);
      const written = await writeRows(pool, windows, rows, maxBatchRows);
      const known = new Set(written.refusals.map(({ index }) => index));
      const others = refusals.filter(({ index }) => !known.has(index));
      return { ...written, refusals: [...written.refusals, ...others] };
    },
  });
}

/** Stores alerts, and before them when they came to be in their states: what is refused of an alert is refused once. */
export function alertHandler(
  pool: Pool,
  decoder: ValueDecoder<Alert>,
  { maxBatchRows, telemetry }: { maxBatchRows: number; telemetry: SinkTelemetry },
): BatchHandler {
  return batchHandler({
    target: 'timescale',
    table: alerts.table,
    undecodable: 'refuse',
    decoder,
    telemetry,
    async write(rows) {
      const states = await writeRows(pool, alertStates, rows, maxBatchRows);
      const written = await writeRows(pool, alerts, rows, maxBatchRows);
      const known = new Set(written.refusals.map(({ index }) => index));
      const others = states.refusals.filter(({ index }) => !known.has(index));
      return { ...written, refusals: [...written.refusals, ...others] };
    },
  });
}
