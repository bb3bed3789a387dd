import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import { decodeBatch } from '../decode.js';
import type { SinkTelemetry } from '../telemetry.js';
import type { CacheCounts } from './cache.js';

/**
 * Keeps the records of one topic in Redis. A record that cannot be decoded is skipped and counted,
 * not refused: the group that stores the same topic in the database sends its dead letter, and two
 * letters for one record would be one too many.
 */
export function cacheHandler<T>(
  kind: string,
  decoder: ValueDecoder<T>,
  telemetry: SinkTelemetry,
  store: (values: T[]) => Promise<CacheCounts>,
): BatchHandler {
  return {
    decoder,
    handle: async (batch) => {
      const { rows, refusals } = decodeBatch(decoder, batch);
      const done = telemetry.timeWrite('redis');
      const counts = await store(rows.map(({ value }) => value));
      done();
      telemetry.written(kind, counts);
      if (refusals.length > 0) telemetry.skipped('redis', refusals.length);
      return [];
    },
  };
}
