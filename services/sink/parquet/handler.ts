import type { ArchiveTopic } from '../../../shared/config/sections/sink.js';
import type { FlushPolicy } from '../../../shared/core/record-accumulator.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import { decodeBatch } from '../decode.js';
import type { SinkTelemetry } from '../telemetry.js';
import { parquetFile } from './file.js';
import { byFolder, type Layout } from './rows.js';
import type { Store } from './store.js';

/**
 * Writes each batch as one file per tenant and day:
 * `<topic>/tenant=<tenant>/day=<day>/<partition>-<first offset>-<last offset>.parquet`.
 *
 * The name follows from the batch, so a batch that comes again writes over what it wrote before.
 */
export function archiveHandler<T>(
  topic: ArchiveTopic,
  layout: Layout<T>,
  decoder: ValueDecoder<T>,
  parts: { readonly store: Store; readonly flushPolicy: FlushPolicy; readonly telemetry: SinkTelemetry },
): BatchHandler {
  const { store, flushPolicy, telemetry } = parts;
  return {
    decoder,
    flushPolicy,
    handle: async (batch, signal) => {
      const { rows, refusals } = decodeBatch(decoder, batch);
      const done = telemetry.timeWrite('parquet');
      const placed = rows.map(({ index, value }) => ({ value, offset: batch.offset(index) }));
      const digits = (offset: number) => String(offset).padStart(16, '0');
      const name = `${batch.partition}-${digits(batch.offset(0))}-${digits(batch.offset(batch.length - 1))}.parquet`;
      for (const [folder, some] of byFolder(layout, placed))
        await store.put(`${topic}/${folder}/${name}`, parquetFile(layout, some, batch.partition), signal);
      done();
      telemetry.written(`archive.${topic}`, { stored: rows.length, unchanged: 0 });
      if (refusals.length > 0) telemetry.skipped('parquet', refusals.length);
      return [];
    },
  };
}
