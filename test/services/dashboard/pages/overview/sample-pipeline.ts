import type { Pipeline } from '../../../../../services/dashboard/pages/overview/flow.js';

type Worker = Pipeline['workers'][number];

/** A worker with one group that reads one topic. */
export function workerOf(
  name: string,
  reads: string,
  writes: readonly string[],
  lag: {
    readonly records: number | null;
    readonly seconds: number | null;
    readonly health?: Worker['health'];
  },
): Worker {
  const { records, seconds, health = 'ok' } = lag;
  const both = { lagRecords: records, lagSeconds: seconds };
  return {
    ...{ worker: name, reads: [reads], writes, health },
    groups: [
      {
        ...{ group: name, state: 'running', members: 1, ...both, health },
        inputs: [
          {
            ...{ topic: reads, ...both, readPerSecond: 5 },
            partitions: [
              { partition: 0, nextOffset: null, endOffset: 9, ...both },
              { partition: 1, nextOffset: 4, endOffset: 4, lagRecords: 0, lagSeconds: 0 },
            ],
          },
        ],
      },
    ],
  };
}

export function pipelineOf(more: Partial<Pipeline> = {}): Pipeline {
  const topic = (name: string, writtenBy: string[], readBy: string[]) => ({
    ...{ topic: name, partitions: 2, writtenPerSecond: 7, writtenBy, readBy },
  });
  return {
    ...{ sampledAt: '2026-01-02T03:04:05.000Z', rateSeconds: 60, health: 'ok' },
    topics: [
      topic('ingest.metrics', ['gateway', 'api'], ['ingest']),
      topic('metrics', ['ingest'], ['windowing']),
      topic('windows', ['windowing', 'alerting'], ['alerting']),
      topic('state.alerts', ['alerting'], ['alerting']),
      topic('dlq', ['ingest', 'windowing'], ['api']),
    ],
    workers: [
      { worker: 'gateway', reads: [], writes: ['ingest.metrics'], groups: [], health: 'unknown' },
      workerOf('ingest', 'ingest.metrics', ['metrics', 'dlq'], { records: 0, seconds: 0 }),
      workerOf('windowing', 'metrics', ['windows', 'dlq'], { records: 3, seconds: 1.5 }),
      workerOf('alerting', 'windows', ['state.alerts', 'windows'], { records: 0, seconds: 0 }),
      { worker: 'api', reads: ['dlq'], writes: ['ingest.metrics'], groups: [], health: 'unknown' },
    ],
    watermark: {
      ...{ streamTime: '2026-01-02T03:04:03.000Z', delaySeconds: 2, partition: 1 },
      holder: { stage: 'ingest', topic: 'ingest.metrics', partition: 0 },
      partitions: [],
    },
    ...more,
  };
}
