import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import { batchHandler } from '../framework/batch-handler.js';
import type { SinkTelemetry } from '../framework/telemetry.js';
import type { CacheCounts } from './cache.js';

/** Keeps the records of one topic in Redis. */
export function cacheHandler<T>(
  kind: string,
  decoder: ValueDecoder<T>,
  telemetry: SinkTelemetry,
  store: (values: T[]) => Promise<CacheCounts>,
): BatchHandler {
  return batchHandler({
    target: 'redis',
    table: kind,
    undecodable: 'skip',
    decoder,
    telemetry,
    write: async (rows) => ({ ...(await store(rows.map(({ value }) => value))), refusals: [] }),
  });
}
