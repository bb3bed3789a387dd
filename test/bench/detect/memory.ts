import type { WindowAggregate } from '../../../schemas/types.js';
import { anomalyStage } from '../../../services/anomaly/anomaly-stage.js';
import { watches } from '../../../services/anomaly/detection-rules.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { ensemble } from '../../../shared/detection/ensemble.js';
import { NO_COUNTERS } from '../../support/point.js';

const ROUNDS = 5;
const BATCH = 2_000;
const START = 1_700_000_000_000;

export interface StageFigures {
  /** Resident memory of the process beyond what it had before, in MB. */
  readonly residentMb: number;
  readonly windowsPerSecond: number;
}

/** Lets the worker's stage score windows of so many series, with decoding and changelog but without Kafka. */
export function measureStage(series: number): StageFigures {
  const codecs = staticCodecs();
  const encoder = codecs.encoder('windows');
  const rest = { metrics: '*', tenants: '*', window: '10s', field: 'mean' };
  const stage = anomalyStage({
    decoder: codecs.decoder('windows'),
    encoder: codecs.encoder('anomalies'),
    observer: {
      scored: () => undefined,
      candidate: () => undefined,
      found: () => undefined,
      evicted: () => undefined,
      repeated: () => undefined,
      discarded: () => undefined,
    },
    watchOf: watches([{ ...rest, sensitivity: 1, above: null, below: null }], () => ensemble()),
    maxSeries: series,
    maxGroups: 200,
    idleMs: 86_400_000,
  });
  const before = process.memoryUsage.rss();
  const state = stage.restore({ topic: 'windows', partition: 0, checkpoint: null, changelog: new Map() });
  let spent = 0;
  for (let round = 0; round < ROUNDS; round++)
    for (let from = 0; from < series; from += BATCH) {
      const length = Math.min(BATCH, series - from);
      const records = Array.from({ length }, (_, i) => ({
        value: encoder.encode(windowOf(from + i, round)),
      }));
      const batch = arrayBatch({ topic: 'windows', records, baseOffset: round * series + from });
      const began = performance.now();
      stage.step(state, batch, START);
      spent += performance.now() - began;
    }
  const residentMb = (process.memoryUsage.rss() - before) / 1e6;
  return { residentMb, windowsPerSecond: (ROUNDS * series) / (spent / 1_000) };
}

function windowOf(index: number, round: number): WindowAggregate {
  const mean = 20 + ((index * 7 + round * 3) % 11);
  const start = START + round * 10_000;
  return {
    tenantId: `tenant-${index % 20}`,
    metric: `system.metric.${index % 40}`,
    tags: { host: `host-${Math.floor(index / 40)}`, region: 'eu-west-1' },
    ...{ window: '10s', start, end: start + 10_000, count: 10, sum: 10 * mean, min: mean, max: mean, mean },
    ...{ stddev: 0, first: mean, last: mean, quantiles: null, watermark: start, emittedAt: start },
    ...NO_COUNTERS,
  };
}
