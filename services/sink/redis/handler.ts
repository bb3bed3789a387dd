import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import { batchHandler } from '../framework/batch-handler.js';
import type { SinkTelemetry } from '../framework/telemetry.js';
import type { CacheCounts } from './cache.js';
import type { Arrived } from './entries.js';

/** Keeps the records of one topic in Redis. */
export function cacheHandler<T>(
  kind: string,
  decoder: ValueDecoder<T>,
  telemetry: SinkTelemetry,
  store: (values: Arrived<T>[]) => Promise<CacheCounts>,
): BatchHandler {
  return batchHandler({
    target: 'redis',
    table: kind,
    undecodable: 'skip',
    decoder,
    telemetry,
    write: async (rows, batch) => {
      const values = rows.map(({ index, value }) => ({ value, arrival: batch.timestamp(index) }));
      return { ...(await store(values)), refusals: [] };
    },
  });
}
