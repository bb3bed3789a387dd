import type { MetricPoint } from '../../../schemas/types.js';
import { databaseError, databaseFault, sqlState } from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import type { Refusal } from '../../../shared/core/stage.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import { isAllowedValue, LARGEST_VALUE } from '../../../shared/wire/metric-point-reader.js';
import { decodeRecords, range } from '../framework/decode.js';
import type { SinkTelemetry } from '../framework/telemetry.js';
import { KnownSeries } from './known-series.js';
import { PointColumns } from './point-columns.js';
import { STORE_MISSING, STORE_NEW } from './point-statements.js';
import { StatementSize } from './statement-size.js';
import { metricPoints } from './tables.js';
import { writeRows } from './write-rows.js';

/** The records `from` to `to` of a batch, stored by one statement; `others` are not in its columns. */
interface Chunk {
  readonly columns: PointColumns;
  readonly from: number;
  readonly to: number;
  readonly others: readonly number[];
}

/** Running totals of a batch. */
interface Totals {
  stored: number;
  unchanged: number;
  readonly refusals: Refusal[];
}

const UNIQUE_VIOLATION = '23505';

/**
 * Stores the records of `metrics`, by far the most frequent. Columns are filled from the bytes of the
 * records, and while the server executes one statement the next is filled.
 *
 * A statement assumes that its points are new. If one is not, as after a crash, it is repeated with a check
 * of each point, and so are the following ones until all points of a statement are new. If the server
 * rejects a statement because of its data, its records go through `writeRows`, which isolates the bad ones.
 */
export function pointHandler(
  pool: Pool,
  decoder: ValueDecoder<MetricPoint>,
  options: { maxBatchRows: number; telemetry: SinkTelemetry },
): BatchHandler {
  const { maxBatchRows, telemetry } = options;
  const known = new KnownSeries();
  const idle: PointColumns[] = [];
  /** False at first: the first batch may have been stored before a crash. */
  let expectsNew = false;
  const size = new StatementSize(maxBatchRows);

  return {
    decoder,
    handle: async (batch) => {
      const done = telemetry.timeWrite('timescale');
      const written: Totals = { stored: 0, unchanged: 0, refusals: [] };
      await size.during(async () => {
        let storing = Promise.resolve();
        for (const chunk of chunks(batch)) {
          await storing;
          storing = store(batch, chunk, written).finally(() => idle.push(chunk.columns));
        }
        await storing;
      });
      done();
      telemetry.written('timescale', metricPoints.table, written);
      return written.refusals.sort((a, b) => a.index - b.index);
    },
  };

  function* chunks(batch: RecordBatch): Generator<Chunk> {
    let open: { columns: PointColumns; from: number; others: number[] } | null = null;
    let first = 0;
    for (const segment of batch.segments) {
      for (let at = 0; at < segment.length; ) {
        open ??= { columns: emptyColumns(), from: first + at, others: [] };
        const to: number = Math.min(segment.length, at + size.rows - (first + at - open.from));
        const others: number[] = [];
        open.columns.fill(segment, at, to, others);
        for (const index of others) open.others.push(first + index);
        at = to;
        if (first + at - open.from < size.rows) continue;
        yield { ...open, to: first + at };
        open = null;
      }
      first += segment.length;
    }
    if (open !== null) yield { ...open, to: first };
  }

  function emptyColumns(): PointColumns {
    const columns = idle.pop() ?? new PointColumns(decoder, known, maxBatchRows);
    columns.clear();
    return columns;
  }

  async function store(batch: RecordBatch, chunk: Chunk, written: Totals): Promise<void> {
    const { columns, from, to, others } = chunk;
    try {
      if (columns.length > 0) await storeColumns(columns, written);
    } catch (error) {
      const fault = databaseFault(error);
      if (fault !== 'data' && fault !== 'size') throw databaseError(error, 'storing metric_points');
      return await storeDecoded(batch, range(from, to), written);
    }
    if (others.length > 0) await storeDecoded(batch, others, written);
  }

  async function storeColumns(columns: PointColumns, written: Totals): Promise<void> {
    const parameters = columns.parameters();
    if (expectsNew) {
      try {
        await pool.query(STORE_NEW, parameters);
        written.stored += columns.length;
        return;
      } catch (error) {
        if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
      }
    }
    const { rows } = await pool.query<{ stored: number }>(STORE_MISSING, parameters.slice(0, -1));
    const stored = rows[0]?.stored ?? 0;
    expectsNew = stored === columns.length;
    written.stored += stored;
    written.unchanged += columns.length - stored;
  }

  async function storeDecoded(batch: RecordBatch, indices: Iterable<number>, written: Totals): Promise<void> {
    const { rows, refusals } = decodeRecords(decoder, batch, indices);
    const fitting = rows.filter(({ index, value: { value } }) => {
      if (isAllowedValue(value)) return true;
      refusals.push({ index, code: 'TACTUS_ROW_REFUSED', message: valueRefused(value) });
      return false;
    });
    const result = await writeRows(pool, metricPoints, fitting, size.rows);
    written.stored += result.stored;
    written.unchanged += result.unchanged;
    for (const refusal of [...refusals, ...result.refusals]) written.refusals.push(refusal);
  }
}

/** Ingest lets none in; a sum of two would fail the roll-up of everybody's points in their minute. */
function valueRefused(value: number): string {
  return `metric_points.value is ${value}; allowed are numbers from ${-LARGEST_VALUE} to ${LARGEST_VALUE}`;
}
