import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/topics-admin.js';
import { bind, runStages } from '../../shared/runtime/stage-worker.js';
import type { StartWorker } from '../../shared/runtime/worker.js';
import { ingestStage } from './ingest-stage.js';
import { checkEvent, checkPoint } from './policy.js';
import { RecentIds } from './recent-ids.js';
import { ingestTelemetry } from './telemetry.js';

/** `ingest`: validates and de-duplicates what producers send, and passes the bytes on. */
export const start: StartWorker = async (context) => {
  await ensureTopics(context);
  const codecs = new Codecs(context);
  // Whoever produces or reads finds the subjects, even on an empty registry.
  for (const topic of ['ingest.metrics', 'ingest.events', 'metrics', 'events'] as const)
    await codecs.encoder(topic);
  const limits = context.config.ingest;
  const { dedupWindowMs, dedupMaxIds } = limits;
  const telemetry = ingestTelemetry(context.metrics);
  const points = codecs.decoder('ingest.metrics');
  const events = codecs.decoder('ingest.events');
  const pointIds = new RecentIds(dedupWindowMs, dedupMaxIds);
  const eventIds = new RecentIds(dedupWindowMs, dedupMaxIds);
  telemetry.watch('ingest.metrics', pointIds);
  telemetry.watch('ingest.events', eventIds);

  return await runStages(context, {
    group: 'ingest',
    stages: {
      'ingest.metrics': bind({
        decoder: points,
        stage: ingestStage({
          output: 'metrics',
          decoder: points,
          limits,
          check: checkPoint,
          keyOf: (point) => `${point.tenantId}|${point.metric}`,
          recentIds: pointIds,
          dedupWindowMs,
          duplicates: (count) => telemetry.duplicates('ingest.metrics', count),
        }),
      }),
      'ingest.events': bind({
        decoder: events,
        stage: ingestStage({
          output: 'events',
          decoder: events,
          limits,
          check: checkEvent,
          keyOf: (event) => `${event.tenantId}|${event.type}`,
          recentIds: eventIds,
          dedupWindowMs,
          duplicates: (count) => telemetry.duplicates('ingest.events', count),
        }),
      }),
    },
  });
};
