import type { MetricPoint } from '../../schemas/types.js';
import { PartitionedRecordSets } from '../../shared/adapters/kafka/produce/partitioned-record-sets.js';
import { readRecordBatches } from '../../shared/adapters/kafka/protocol/record-batches.js';
import { RecordSet } from '../../shared/adapters/kafka/protocol/record-set.js';
import type { Clock, Millis } from '../../shared/core/clock.js';
import type { Stage } from '../../shared/core/stage.js';
import type { ValueDecoder, ValueEncoder } from '../../shared/ports/codec.js';
import { recordKey } from '../../shared/wire/series.js';

/** Of another hour, so that no clock is in its way. */
const AGO_MS: Millis = 3_600_000;
const SERIES = 256;
const BATCHES = 20;
const BATCH_POINTS = 400;
const POINT_EVERY_MS = 13;
const PARTITIONS = 4;
/** Where the base offset stands in a record batch. */
const BASE_OFFSET = 0;

export interface WarmUpOptions<State> {
  readonly stage: Stage<State>;
  readonly decoder: ValueDecoder<MetricPoint>;
  readonly points: ValueEncoder<MetricPoint>;
  readonly clock: Clock;
  /** How long to go on. */
  readonly ms: Millis;
  readonly signal: AbortSignal;
}

/**
 * Runs points of its own making through all that real ones go through between a fetch and a commit,
 * in states that are thrown away; nothing is read or written.
 *
 * A worker that starts is behind, and wants to catch up; but V8 runs code at a tenth of its speed until
 * it has compiled what is hot, and that takes it a tenth of a second. This gets it over with before the
 * worker has partitions that somebody waits for.
 *
 * @returns the number of points that were counted
 */
export async function warmUp<State>(options: WarmUpOptions<State>): Promise<number> {
  const { stage, decoder, clock, ms, signal } = options;
  const end = performance.now() + ms;
  const partitioned = new PartitionedRecordSets('', async () => PARTITIONS);
  const batches = ms > 0 ? recordBatches(options) : [];
  let points = 0;
  while (performance.now() < end && !signal.aborted) {
    const state = stage.restore({ topic: 'metrics', partition: 0, checkpoint: null, changelog: new Map() });
    for (let i = 0; i < batches.length; i++) {
      const batch = readRecordBatches(fetched(batches[i] as Buffer), i * BATCH_POINTS);
      await decoder.prepare(batch, signal);
      // Cut off while it waited for the registry.
      if (signal.aborted) break;
      const { outputs } = stage.step(state, batch, clock.now());
      await partitioned.add(outputs);
      outputs.clear();
      points += batch.length;
      batch.release?.();
    }
    for (const { set } of partitioned.sets) finish(set, clock);
    partitioned.clear();
    stage.release?.(state);
    // Who asks for the worker's health meanwhile gets an answer.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return points;
}

/** As a broker has them. */
function recordBatches({ points, clock }: Pick<WarmUpOptions<never>, 'points' | 'clock'>): Buffer[] {
  const from = clock.now() - AGO_MS;
  return Array.from({ length: BATCHES }, (_, batch) => {
    const set = new RecordSet();
    for (let i = 0; i < BATCH_POINTS; i++) {
      const point = pointOf(batch * BATCH_POINTS + i, from);
      const key = Buffer.from(recordKey(point.tenantId, point.metric));
      const value = points.encode(point);
      set.append(key, 0, key.length, value, 0, value.length, null, 0, 0);
    }
    const bytes = Buffer.from(finish(set, clock));
    bytes.writeBigInt64BE(BigInt(batch * BATCH_POINTS), BASE_OFFSET);
    return bytes;
  });
}

/** Point number `n`; its series is any one, as with many who report on their own. */
function pointOf(n: number, from: Millis): MetricPoint {
  const series = (Math.imul(n, 0x9e3779b1) >>> 8) % SERIES;
  return {
    tenantId: `tenant-${series % 20}`,
    metric: `requests.rate_${series % 10}`,
    tags: { host: `host-${series}`, region: ['eu', 'us-east', 'ap-south'][series % 3] as string },
    timestamp: from + n * POINT_EVERY_MS,
    value: Math.sin(n) * 100,
    id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    unit: 'percent',
    source: null,
    kind: 'gauge',
    startTimestamp: null,
  };
}

function finish(set: RecordSet, clock: Clock): Buffer {
  return set.finish({ producerId: 0n, epoch: 0, baseSequence: 0, timestamp: clock.now(), codec: 'none' });
}

function fetched(records: Buffer) {
  const end = BATCHES * BATCH_POINTS;
  const offsets = { highWatermark: end, lastStableOffset: end, logStartOffset: 0 };
  return { topic: 'metrics', partition: 0, errorCode: 0, ...offsets, aborted: [], records };
}
