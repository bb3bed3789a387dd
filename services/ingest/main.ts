import type { Event, MetricPoint } from '../../schemas/types.js';
import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/admin/topics-admin.js';
import { checkEvent, checkPoint } from '../../shared/admission/policy.js';
import { tracedStage } from '../../shared/process/traced-stage.js';
import { ArrivalOrder } from '../../shared/runners/arrival-order.js';
import { knownTenants } from '../../shared/runners/known-tenants.js';
import { bind } from '../../shared/runners/stage-binding.js';
import { runStages } from '../../shared/runners/stage-worker.js';
import type { StartWorker } from '../../shared/runners/worker.js';
import type { ArrivalQuotas } from './arrival-quotas.js';
import { countTogether } from './count-together.js';
import { followedMappings, memberSecretOf } from './followed-mappings.js';
import type { IngestOptions } from './ingest-options.js';
import { arrivalQuotas } from './ingest-quotas.js';
import { ingestStage } from './ingest-stage.js';
import { LiveSeries } from './live-series.js';
import { FIRST_OWNER, MappedPoints } from './mapped-points.js';
import { EventMapper } from './mappings/event-mapper.js';
import type { Mapping } from './mappings/mapping.js';
import { RecentIds } from './recent-ids.js';
import { ingestTelemetry } from './telemetry.js';

/** Events of a step when points are made of them, which may take a millisecond or two for each. */
const MAPPED_AT_ONCE = 500;

/** How far a partition may be read ahead of one that has very much to read. */
const MAX_LEAD_MS = 10_000;

/** `ingest`: validates and de-duplicates what producers send, and passes the bytes on. */
export const start: StartWorker = async (context) => {
  const { config, log, stopping } = context;
  const limits = config.ingest;
  const { tenants, profiles, follow } = knownTenants(context);
  const memberSecret = memberSecretOf(limits);
  const mappings = followedMappings(limits.mappingsFile, memberSecret, log);
  await ensureTopics(context);
  const codecs = new Codecs(context);
  // Producers and readers find the subjects, even on an empty registry.
  for (const topic of ['ingest.metrics', 'ingest.events', 'metrics', 'events'] as const)
    await codecs.encoder(topic);
  void mappings.follow(stopping);
  const unfollow = await follow();

  const telemetry = ingestTelemetry(context.metrics);
  const quotas: ArrivalQuotas = arrivalQuotas(config, profiles, telemetry.overQuota, (tenant, came) =>
    demand.shareOf(tenant, came),
  );
  const { dedupWindowMs, dedupMaxIds } = limits;
  const series: LiveSeries = new LiveSeries(limits.maxSeries, { decide: (request) => room.decide(request) });
  const { room, demand, close } = await countTogether(context, {
    limitOf: (tenant) => tenants.maxSeries(tenant),
    holds: () => series.partitions,
    takeDemand: () => quotas.takeDemand(),
    ...{ failed: telemetry.redisFailed, alone: telemetry.alone },
  });
  telemetry.watchSeries(series, room);
  const shared = (topic: 'ingest.metrics' | 'ingest.events') => {
    const recentIds = new RecentIds(dedupWindowMs, dedupMaxIds);
    telemetry.watchIds(topic, recentIds);
    const duplicates = (count: number) => telemetry.duplicates(topic, count);
    const seriesIdleMs = Math.max(limits.seriesIdleMs, dedupWindowMs);
    return { limits, tenants, ranks: tenants, quotas, recentIds, dedupWindowMs, seriesIdleMs, duplicates };
  };
  const { idleTimeoutMs } = config.windowing;
  const points: IngestOptions<MetricPoint> = {
    ...shared('ingest.metrics'),
    output: 'metrics',
    decoder: codecs.decoder('ingest.metrics'),
    check: checkPoint,
    subject: ({ tenantId, metric, id, tags }) => ({ tenantId, name: metric, id, tags }),
    inPlace: true,
    series,
    seriesRefused: telemetry.seriesRefused,
    time: { timestamp: ({ timestamp }) => timestamp, idleTimeoutMs },
  };
  // As long as there is a file, whatever is in it: readers of `metrics` wait for the partitions of events from then on.
  const isMapped = limits.mappingsFile !== '';
  const mapper = new EventMapper(memberSecret);
  const useMappings = (inForce: readonly Mapping[]) => {
    mapper.use(inForce);
    telemetry.keepMappings(new Set(inForce.map(({ name }) => name)));
  };
  useMappings(mappings.current);
  mappings.onChange(useMappings);
  const events: IngestOptions<Event> = {
    ...shared('ingest.events'),
    output: 'events',
    decoder: codecs.decoder('ingest.events'),
    check: checkEvent,
    subject: ({ tenantId, type, id }) => ({ tenantId, name: type, id, tags: {} }),
    inPlace: false,
    series: null,
    time: null,
    ...(isMapped && {
      derived: new MappedPoints({
        ...{ mapper, limits, tenants, series },
        encoder: await codecs.encoder('metrics'),
        seriesIdleMs: points.seriesIdleMs,
        seriesRefused: telemetry.seriesRefused,
        mapped: telemetry.mapped,
      }),
      time: { timestamp: ({ timestamp }) => timestamp, idleTimeoutMs },
      atOnce: MAPPED_AT_ONCE,
    }),
  };
  const { tracing } = context;
  const traced = <T>(options: IngestOptions<T>) =>
    tracedStage(ingestStage(options), { tracing, group: 'ingest' });
  // Far less than readers of `metrics` wait for a partition that is behind.
  const order = new ArrivalOrder({ leadMs: Math.min(MAX_LEAD_MS, config.windowing.watermarkHoldMs / 4) });
  const drain = await runStages(context, {
    group: 'ingest',
    share: (share, partitions) => {
      demand.part = share;
      room.share = share;
      const { 'ingest.metrics': ofPoints = 0, 'ingest.events': ofEvents = 0 } = partitions;
      room.partitions = ofPoints + (isMapped ? ofEvents : 0);
    },
    stages: {
      'ingest.metrics': bind({
        decoder: points.decoder,
        stage: traced(points),
        changelog: 'state.ingest',
        ask: (partition) => room.ask(partition),
        timeTo: 'metrics',
        order,
      }),
      'ingest.events': bind({
        decoder: events.decoder,
        stage: traced(events),
        changelog: 'state.ingest-events',
        ask: (partition) => room.ask(FIRST_OWNER + partition),
        // No window waits for them then: they take turns only.
        order: new ArrivalOrder({ leadMs: Number.POSITIVE_INFINITY }),
        ...(isMapped && ({ timeTo: 'metrics', order } as const)),
      }),
    },
  });
  return async () => {
    await drain();
    await close();
    await unfollow();
  };
};
