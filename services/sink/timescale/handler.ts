import type { Alert, WindowAggregate } from '../../../schemas/types.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import { batchHandler, type Written } from '../framework/batch-handler.js';
import type { Row } from '../framework/decode.js';
import type { SinkTelemetry } from '../framework/telemetry.js';
import { recordedPoint } from './recorded-points.js';
import { StatementSize } from './statement-size.js';
import { alertStates, alerts, recordedPoints, type Table, windows } from './tables.js';
import { writeRows } from './write-rows.js';

interface Options {
  readonly maxBatchRows: number;
  readonly telemetry: SinkTelemetry;
}

/**
 * Stores the records of one topic in one table.
 *
 * @param before stores what else follows from them; a record that both refuse is refused once
 */
export function tableHandler<T>(
  pool: Pool,
  table: Table<T>,
  decoder: ValueDecoder<T>,
  { maxBatchRows, telemetry }: Options,
  before?: (rows: readonly Row<T>[], maxRows: number) => Promise<Pick<Written, 'refusals'>>,
): BatchHandler {
  const size = new StatementSize(maxBatchRows);
  return batchHandler({
    target: 'timescale',
    table: table.table,
    undecodable: 'refuse',
    decoder,
    telemetry,
    async write(rows) {
      const [refusals, written] = await size.during(async () => [
        (await before?.(rows, size.rows))?.refusals ?? [],
        await writeRows(pool, table, rows, size.rows),
      ]);
      const known = new Set(written.refusals.map(({ index }) => index));
      const others = refusals.filter(({ index }) => !known.has(index));
      return { ...written, refusals: [...written.refusals, ...others] };
    },
  });
}

/**
 * Stores windows, and before them what rules have recorded as the points that queries read: no point of `metrics`
 * stands for it.
 */
export function windowHandler(
  pool: Pool,
  decoder: ValueDecoder<WindowAggregate>,
  options: Options,
): BatchHandler {
  return tableHandler(pool, windows, decoder, options, (rows, maxRows) => {
    const points = rows.flatMap(({ index, value }) =>
      value.recordedBy === null ? [] : [{ index, value: recordedPoint(value, value.recordedBy) }],
    );
    return writeRows(pool, recordedPoints, points, maxRows);
  });
}

/** Stores alerts, and before them when they came to be in their states. */
export function alertHandler(pool: Pool, decoder: ValueDecoder<Alert>, options: Options): BatchHandler {
  return tableHandler(pool, alerts, decoder, options, (rows, maxRows) =>
    writeRows(pool, alertStates, rows, maxRows),
  );
}
