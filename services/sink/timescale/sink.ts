import { createPool } from '../../../shared/adapters/postgres/pool.js';
import { flushBySizeOrTime } from '../../../shared/core/record-accumulator.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import type { Sink } from '../sink.js';
import { tableHandler } from './handler.js';
import { pointHandler } from './point-handler.js';
import { alerts, anomalies, events, latePoints, windows } from './tables.js';

/** Longer than any insert takes, also when it waits its turn behind a refresh in the embedded database. */
const STATEMENT_TIMEOUT_MS = 120_000;

/** Enough for two statements: the second is filled while the server works on the first. */
const STATEMENTS_AT_ONCE = 2;
const MAX_BYTES = 16 * 1024 * 1024;

/** TimescaleDB: the contract's tables. */
export const timescale: Sink = {
  needs: () => null,
  open: async (context) => {
    const { config, codecs, telemetry } = context;
    const pool = createPool(context, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
    const { maxBatchRows, lingerMs } = config.sink;
    const flushPolicy = flushBySizeOrTime({
      maxRecords: STATEMENTS_AT_ONCE * maxBatchRows,
      maxBytes: MAX_BYTES,
      lingerMs,
    });
    const shared = { maxBatchRows, telemetry };
    const together = (handler: BatchHandler): BatchHandler => ({ ...handler, flushPolicy });
    return {
      handlers: {
        metrics: together(pointHandler(pool, codecs.decoder('metrics'), shared)),
        windows: together(tableHandler(pool, windows, codecs.decoder('windows'), shared)),
        late: together(tableHandler(pool, latePoints, codecs.decoder('late'), shared)),
        events: together(tableHandler(pool, events, codecs.decoder('events'), shared)),
        anomalies: together(tableHandler(pool, anomalies, codecs.decoder('anomalies'), shared)),
        alerts: together(tableHandler(pool, alerts, codecs.decoder('alerts'), shared)),
      },
      close: () => pool.end(),
    };
  },
};
