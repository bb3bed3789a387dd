import { createPool, requireAccess } from '../../../shared/adapters/postgres/pool.js';
import { flushBySizeOrTime } from '../../../shared/core/record-accumulator.js';
import { checkedAtStart } from '../../../shared/process/start-check.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import type { Sink } from '../framework/sink.js';
import { alertHandler, tableHandler, windowHandler } from './handler.js';
import { pointHandler } from './point-handler.js';
import { anomalies, events, latePoints, notifications } from './tables.js';

/** Longer than any insert, including the wait for a refresh in the embedded database. */
const STATEMENT_TIMEOUT_MS = 120_000;

/** Enough for two statements: the second is filled while the server executes the first. */
const STATEMENTS_PER_BATCH = 2;
const MAX_BYTES = 16 * 1024 * 1024;

/** TimescaleDB: stores topics in the tables of the schema `tactus`. */
export const timescale: Sink = {
  needs: () => null,
  open: async (context) => {
    const { config, codecs, telemetry } = context;
    const pool = createPool(context, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
    checkedAtStart(context, requireAccess(pool));
    const { maxBatchRows, lingerMs } = config.sink;
    const flushPolicy = flushBySizeOrTime({
      maxRecords: STATEMENTS_PER_BATCH * maxBatchRows,
      maxBytes: MAX_BYTES,
      lingerMs,
    });
    const shared = { maxBatchRows, telemetry };
    const accumulated = (handler: BatchHandler): BatchHandler => ({ ...handler, flushPolicy });
    return {
      handlers: {
        metrics: accumulated(pointHandler(pool, codecs.decoder('metrics'), shared)),
        windows: accumulated(windowHandler(pool, codecs.decoder('windows'), shared)),
        late: accumulated(tableHandler(pool, latePoints, codecs.decoder('late'), shared)),
        events: accumulated(tableHandler(pool, events, codecs.decoder('events'), shared)),
        anomalies: accumulated(tableHandler(pool, anomalies, codecs.decoder('anomalies'), shared)),
        alerts: accumulated(alertHandler(pool, codecs.decoder('alerts'), shared)),
        notifications: accumulated(
          tableHandler(pool, notifications, codecs.decoder('notifications'), shared),
        ),
      },
      close: () => pool.end(),
    };
  },
};
