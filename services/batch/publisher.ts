import type { OutputRecord } from '../../shared/core/output-batch.js';
import type { ValueEncoder } from '../../shared/ports/codec.js';
import type { Producer } from '../../shared/ports/log.js';
import type { PipelineTelemetry } from '../../shared/runners/telemetry.js';
import { recordKey } from '../../shared/wire/series.js';

/** A function that publishes values to a topic, keyed by metric, and resolves when all are acknowledged. */
export function publisher<T extends { tenantId: string; metric: string }>(
  topic: 'rollups' | 'corrections',
  encoder: ValueEncoder<T>,
  producer: Producer,
  telemetry: PipelineTelemetry,
): (values: readonly T[]) => Promise<void> {
  return async (values) => {
    const records = values.map(
      (value): OutputRecord => ({
        topic,
        key: recordKey(value.tenantId, value.metric),
        value: encoder.encode(value),
      }),
    );
    await producer.send(records);
    telemetry.sent([records.map((record) => record.topic)]);
  };
}
