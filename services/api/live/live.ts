import type { WorkerContext } from '../../../shared/process/context.js';
import { feedHub } from './feed-hub.js';
import { LiveHub } from './live-hub.js';
import { LiveService } from './live-service.js';
import { LiveTelemetry } from './telemetry.js';

/** Without a point for so long a series that nobody watches makes room for others. */
const STALE_MS = 300_000;

export interface Live {
  readonly service: LiveService;
  readonly telemetry: LiveTelemetry;
  /** Closes the connections of clients, and stops reading. */
  stop(): Promise<void>;
}

/** Starts what live updates come from: the topics are read once in this process, whoever subscribes. Waits for Kafka. */
export async function startLive(context: WorkerContext): Promise<Live> {
  const { api } = context.config;
  const hub = new LiveHub(
    {
      maxClients: api.liveMaxClients,
      maxSeriesBytes: api.liveSeriesBytes,
      staleMs: STALE_MS,
      maxClientSeries: api.liveMaxClientSeries,
      maxEvents: api.liveMaxEvents,
      maxAlerts: api.liveMaxAlerts,
      intervalMs: api.liveIntervalMs,
      maxBufferedBytes: api.liveMaxBufferedBytes,
      slowCloseMs: api.liveSlowCloseMs,
    },
    () => performance.now(),
  );
  const telemetry = new LiveTelemetry(context.metrics);
  telemetry.watch(hub);
  const service = new LiveService(hub);
  const stopFeeding = await feedHub(context, hub, (topic, records) => telemetry.unreadable(topic, records));
  return {
    service,
    telemetry,
    stop: async () => {
      service.stop();
      await stopFeeding();
    },
  };
}
