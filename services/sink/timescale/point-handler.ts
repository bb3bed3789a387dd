import type { MetricPoint } from '../../../schemas/types.js';
import {
  databaseError,
  databaseFault,
  sqlState,
  timedOut,
} from '../../../shared/adapters/postgres/errors.js';
import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import type { Refusal } from '../../../shared/core/stage.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import { decodeRecords, range } from '../decode.js';
import type { SinkTelemetry } from '../telemetry.js';
import { KnownSeries } from './known-series.js';
import { PointColumns } from './point-columns.js';
import { STORE_MISSING, STORE_NEW } from './point-statements.js';
import { metricPoints } from './tables.js';
import { writeRows } from './write.js';

/** One statement's records: those from `from` to `to` of the batch, of which `others` are not in the columns. */
interface Piece {
  readonly columns: PointColumns;
  readonly from: number;
  readonly to: number;
  readonly others: readonly number[];
}

interface Written {
  stored: number;
  unchanged: number;
  readonly refusals: Refusal[];
}

const UNIQUE_VIOLATION = '23505';
/** Fewest rows that a statement is cut down to. */
const LEAST_ROWS = 100;

/**
 * Stores the records of `metrics`, by far the most there are. Columns are filled from the bytes of the
 * records, and while the server works on one statement the next is filled.
 *
 * A statement takes its points for new. If one is not, as after a crash, it is run again looking for
 * each point first, and so are those after it until one finds nothing that was there. If the server refuses a
 * statement because of what is in it, its records go the slow way of `writeRows`, which finds the bad ones.
 *
 * A statement that takes too long, as when many points come late into compressed chunks, is tried again
 * with half as many rows; those after it grow again.
 */
export function pointHandler(
  pool: Pool,
  decoder: ValueDecoder<MetricPoint>,
  options: { maxBatchRows: number; telemetry: SinkTelemetry },
): BatchHandler {
  const { maxBatchRows, telemetry } = options;
  const known = new KnownSeries();
  const idle: PointColumns[] = [];
  /** After a start the first batch may be one that was stored before a crash. */
  let expectsNew = false;
  let rowsAtOnce = maxBatchRows;

  return {
    decoder,
    handle: async (batch) => {
      const done = telemetry.timeWrite('timescale');
      const written: Written = { stored: 0, unchanged: 0, refusals: [] };
      let storing = Promise.resolve();
      try {
        for (const piece of pieces(batch)) {
          await storing;
          storing = store(batch, piece, written).finally(() => idle.push(piece.columns));
        }
        await storing;
        rowsAtOnce = Math.min(maxBatchRows, rowsAtOnce * 2);
      } catch (error) {
        if (error instanceof Error && timedOut(error.cause))
          rowsAtOnce = Math.min(maxBatchRows, Math.max(LEAST_ROWS, rowsAtOnce >> 1));
        throw error;
      }
      done();
      telemetry.written(metricPoints.table, written);
      return written.refusals.sort((a, b) => a.index - b.index);
    },
  };

  function* pieces(batch: RecordBatch): Generator<Piece> {
    let open: { columns: PointColumns; from: number; others: number[] } | null = null;
    let first = 0;
    for (const segment of batch.segments) {
      for (let at = 0; at < segment.length; ) {
        open ??= { columns: cleared(), from: first + at, others: [] };
        const to: number = Math.min(segment.length, at + rowsAtOnce - (first + at - open.from));
        const others: number[] = [];
        open.columns.fill(segment, at, to, others);
        for (const place of others) open.others.push(first + place);
        at = to;
        if (first + at - open.from < rowsAtOnce) continue;
        yield { ...open, to: first + at };
        open = null;
      }
      first += segment.length;
    }
    if (open !== null) yield { ...open, to: first };
  }

  function cleared(): PointColumns {
    const columns = idle.pop() ?? new PointColumns(decoder, known, maxBatchRows);
    columns.clear();
    return columns;
  }

  async function store(batch: RecordBatch, piece: Piece, written: Written): Promise<void> {
    const { columns, from, to, others } = piece;
    try {
      if (columns.length > 0) await storeColumns(columns, written);
    } catch (error) {
      const fault = databaseFault(error);
      if (fault !== 'data' && fault !== 'size') throw databaseError(error, 'storing metric_points');
      return await storeOneByOne(batch, range(from, to), written);
    }
    if (others.length > 0) await storeOneByOne(batch, others, written);
  }

  async function storeColumns(columns: PointColumns, written: Written): Promise<void> {
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

  async function storeOneByOne(
    batch: RecordBatch,
    indices: Iterable<number>,
    written: Written,
  ): Promise<void> {
    const { rows, refusals } = decodeRecords(decoder, batch, indices);
    const slowly = await writeRows(pool, metricPoints, rows, rowsAtOnce);
    written.stored += slowly.stored;
    written.unchanged += slowly.unchanged;
    for (const refusal of [...refusals, ...slowly.refusals]) written.refusals.push(refusal);
  }
}
