import type { Event, MetricPoint } from '../../schemas/types.js';
import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/admin/topics-admin.js';
import { checkEvent, checkPoint } from '../../shared/admission/policy.js';
import { ArrivalOrder } from '../../shared/runners/arrival-order.js';
import { knownTenants } from '../../shared/runners/known-tenants.js';
import { bind } from '../../shared/runners/stage-binding.js';
import { runStages } from '../../shared/runners/stage-worker.js';
import type { StartWorker } from '../../shared/runners/worker.js';
import { type IngestOptions, ingestStage } from './ingest-stage.js';
import { LiveSeries } from './live-series.js';
import { RecentIds } from './recent-ids.js';
import { ingestTelemetry } from './telemetry.js';

/** `ingest`: validates and de-duplicates what producers send, and passes the bytes on. */
export const start: StartWorker = async (context) => {
  const { config } = context;
  const limits = config.ingest;
  const { tenants, follow } = knownTenants(context);
  await ensureTopics(context);
  const codecs = new Codecs(context);
  // Producers and readers find the subjects, even on an empty registry.
  for (const topic of ['ingest.metrics', 'ingest.events', 'metrics', 'events'] as const)
    await codecs.encoder(topic);
  const unfollow = await follow();

  const telemetry = ingestTelemetry(context.metrics);
  const { dedupWindowMs, dedupMaxIds } = limits;
  const series = new LiveSeries(limits.maxSeries);
  telemetry.watchSeries(series);
  const shared = (topic: 'ingest.metrics' | 'ingest.events') => {
    const recentIds = new RecentIds(dedupWindowMs, dedupMaxIds);
    telemetry.watchIds(topic, recentIds);
    const duplicates = (count: number) => telemetry.duplicates(topic, count);
    const seriesIdleMs = Math.max(limits.seriesIdleMs, dedupWindowMs);
    return { limits, tenants, recentIds, dedupWindowMs, seriesIdleMs, duplicates };
  };
  const points: IngestOptions<MetricPoint> = {
    ...shared('ingest.metrics'),
    output: 'metrics',
    decoder: codecs.decoder('ingest.metrics'),
    check: checkPoint,
    subject: ({ tenantId, metric, id, tags }) => ({ tenantId, name: metric, id, tags }),
    inPlace: true,
    series,
    seriesRefused: telemetry.seriesRefused,
    time: { timestamp: ({ timestamp }) => timestamp, idleTimeoutMs: config.windowing.idleTimeoutMs },
  };
  const events: IngestOptions<Event> = {
    ...shared('ingest.events'),
    output: 'events',
    decoder: codecs.decoder('ingest.events'),
    check: checkEvent,
    subject: ({ tenantId, type, id }) => ({ tenantId, name: type, id, tags: {} }),
    inPlace: false,
    series: null,
    time: null,
  };
  const drain = await runStages(context, {
    group: 'ingest',
    stages: {
      'ingest.metrics': bind({
        decoder: points.decoder,
        stage: ingestStage(points),
        changelog: 'state.ingest',
        timeTo: 'metrics',
        order: new ArrivalOrder(),
      }),
      'ingest.events': bind({ decoder: events.decoder, stage: ingestStage(events) }),
    },
  });
  return async () => {
    await drain();
    await unfollow();
  };
};
