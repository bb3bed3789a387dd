/** The workers, in the order in which a point passes them, with what each does in one line. */
export const WORKERS = {
  ingest: 'validate what arrives in ingest.*, drop duplicates, forward it to metrics and events',
  windowing: 'aggregate metrics over tumbling, hopping and session windows of event time',
  sink: 'store what the stream says in TimescaleDB and Redis; post it and archive it where that is configured',
  batch: 'migrate the database, refresh its roll-ups and publish what changed',
  anomaly: 'score windows against what their series usually does',
  alerting: 'evaluate rules and tell alerts that start to fire or resolve',
  collector: 'feed the figures of this machine into ingest.metrics',
} as const;

export type WorkerName = keyof typeof WORKERS;
