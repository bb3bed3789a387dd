import type { StartWorker } from '../../../shared/runners/worker.js';

/** An option of a worker's command, in commander's notation. */
interface WorkerOption {
  readonly flags: string;
  readonly about: string;
}

/** What the command line says to a worker, by the option's name in camel case. */
export type WorkerOptions = Readonly<Record<string, string | undefined>>;

/** A worker as the command line knows it. */
export interface Worker {
  readonly name: string;
  /** What it does in one line, verb first. */
  readonly about: string;
  readonly options: readonly WorkerOption[];
  /** Imports its code: only what runs is loaded. */
  load(options: WorkerOptions): Promise<StartWorker>;
}

/** Every worker, in the order in which a point passes them. Commands, `up` and its summary follow from this list. */
export const WORKERS: readonly Worker[] = [
  {
    name: 'gateway',
    about: 'take in points and events over HTTP, as other systems already send them',
    options: [],
    load: async () => (await import('../../gateway/main.js')).start,
  },
  {
    name: 'ingest',
    about: 'validate what arrives in ingest.*, drop duplicates, forward it to metrics and events',
    options: [],
    load: async () => (await import('../../ingest/main.js')).start,
  },
  {
    name: 'windowing',
    about: 'aggregate metrics over tumbling, hopping and session windows of event time',
    options: [],
    load: async () => (await import('../../windowing/main.js')).start,
  },
  {
    name: 'sink',
    about: 'store the topics in TimescaleDB and Redis; post and archive them where that is configured',
    options: [
      {
        flags: '--only <targets>',
        about:
          'write only to these of timescale, redis, webhook, parquet, separated by commas; default: all that are configured',
      },
    ],
    load: async ({ only }) => (await import('../../sink/main.js')).startSinks(only),
  },
  {
    name: 'batch',
    about: 'migrate the database, refresh its roll-ups and publish what changed',
    options: [],
    load: async () => (await import('../../batch/main.js')).start,
  },
  {
    name: 'anomaly',
    about: 'score windows against what their series usually does',
    options: [],
    load: async () => (await import('../../anomaly/main.js')).start,
  },
  {
    name: 'alerting',
    about:
      'evaluate rules: notify of alerts that start to fire or resolve, and record metrics made of others',
    options: [],
    load: async () => (await import('../../alerting/main.js')).start,
  },
  {
    name: 'api',
    about: 'answer questions about points, windows, anomalies and alerts over HTTP, and take what people do',
    options: [],
    load: async () => (await import('../../api/main.js')).start,
  },
  {
    name: 'collector',
    about: 'write the metrics of this machine to ingest.metrics',
    options: [],
    load: async () => (await import('../../collector/main.js')).start,
  },
];
