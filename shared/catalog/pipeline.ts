import type { TopicName } from '../../topics/names.js';
import { loadTopics } from './topics.js';

/** The topics that records flow through, in the order of the flow; the others keep state or what people have decided. */
export const PIPELINE_TOPICS = [
  'ingest.metrics',
  'ingest.events',
  'metrics',
  'events',
  'windows',
  'late',
  'corrections',
  'rollups',
  'anomalies',
  'state.alerts',
  'alerts',
  'notifications',
  'dlq',
] as const satisfies readonly TopicName[];

/** A worker between the topics that it reads and writes. */
export interface PipelineWorker {
  readonly worker: string;
  /** Consumer groups that its instances are members of, without the prefix; none where every instance reads all. */
  readonly groups: readonly string[];
  readonly reads: readonly TopicName[];
  readonly writes: readonly TopicName[];
}

/** Consumer groups of workers, without the prefix. */
export const CONSUMER_GROUPS: Readonly<Record<string, readonly string[]>> = {
  gateway: [],
  collector: [],
  ingest: ['ingest'],
  windowing: ['windowing'],
  anomaly: ['anomaly'],
  alerting: ['alerting', 'alerting-notifier'],
  sink: ['sink-timescale', 'sink-redis', 'sink-webhook', 'sink-parquet'],
  batch: [],
  api: [],
};

/** Those that there are where they are configured; the pipeline is whole without them. */
export const OPTIONAL_GROUPS: readonly string[] = [
  ...['alerting-notifier', 'sink-redis', 'sink-webhook', 'sink-parquet'],
];

/** Every worker and its topics, by the declarations of the topics. */
export function pipelineWorkers(): PipelineWorker[] {
  const declared = loadTopics();
  const of = (worker: string, users: 'readBy' | 'writtenBy') =>
    PIPELINE_TOPICS.filter((topic) => declared.get(topic)?.[users].includes(worker));
  return Object.entries(CONSUMER_GROUPS).map(([worker, groups]) => ({
    ...{ worker, groups },
    ...{ reads: of(worker, 'readBy'), writes: of(worker, 'writtenBy') },
  }));
}
