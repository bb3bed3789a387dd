import type { ArchiveTopic } from '../../../shared/config/sections/sink.js';
import type { FlushPolicy } from '../../../shared/core/record-accumulator.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import { batchHandler } from '../framework/batch-handler.js';
import type { SinkTelemetry } from '../framework/telemetry.js';
import { byFolder, type Layout } from './layout.js';
import { parquetFile } from './parquet-file.js';
import type { Store } from './store.js';

/** History of one tenant may be of thousands of days, each a file, and must not hold up the others for long. */
const PUTS_AT_ONCE = 16;

/**
 * Writes each batch as one file per tenant and day:
 * `<topic>/tenant=<tenant>/day=<day>/<partition>-<first offset>-<last offset>.parquet`.
 *
 * The name follows from the batch, so a repeated batch overwrites its own files.
 */
export function archiveHandler<T>(
  topic: ArchiveTopic,
  layout: Layout<T>,
  decoder: ValueDecoder<T>,
  parts: { readonly store: Store; readonly flushPolicy: FlushPolicy; readonly telemetry: SinkTelemetry },
): BatchHandler {
  const { store, flushPolicy, telemetry } = parts;
  return batchHandler({
    target: 'parquet',
    table: `archive.${topic}`,
    undecodable: 'skip',
    decoder,
    telemetry,
    flushPolicy,
    write: async (rows, batch, signal) => {
      const located = rows.map(({ index, value }) => ({ value, offset: batch.offset(index) }));
      const digits = (offset: number) => String(offset).padStart(16, '0');
      const name = `${batch.partition}-${digits(batch.offset(0))}-${digits(batch.offset(batch.length - 1))}.parquet`;
      const files = [...byFolder(layout, located)];
      for (let from = 0; from < files.length; from += PUTS_AT_ONCE)
        await Promise.all(
          files
            .slice(from, from + PUTS_AT_ONCE)
            .map(([folder, some]) =>
              store.put(`${topic}/${folder}/${name}`, parquetFile(layout, some, batch.partition), signal),
            ),
        );
      return { stored: rows.length, unchanged: 0, refusals: [] };
    },
  });
}
