import { setTimeout } from 'node:timers/promises';
import type { MetricPoint } from '../../../schemas/types.js';
import { tracedWindows } from '../../../services/windowing/traced-windows.js';
import { type WindowingState, windowingStage } from '../../../services/windowing/windowing-stage.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { PartitionedRecordSets } from '../../../shared/adapters/kafka/produce/partitioned-record-sets.js';
import { readRecordBatches } from '../../../shared/adapters/kafka/protocol/record-batches.js';
import { RecordSet } from '../../../shared/adapters/kafka/protocol/record-set.js';
import { loadConfig } from '../../../shared/config/load.js';
import type { Clock } from '../../../shared/core/clock.js';
import type { Stage } from '../../../shared/core/stage.js';
import { traceHeaders } from '../../../shared/core/trace-context.js';
import type { Tracing } from '../../../shared/ports/tracing.js';
import { tracedStage } from '../../../shared/process/traced-stage.js';
import { DEFAULT_DEFINITIONS } from '../../../shared/windows/definition.js';
import { recordKey } from '../../../shared/wire/series.js';
import { GAUGE, START } from '../../support/point.js';
import { contextOf } from '../../support/recorded-tracing.js';
import { cpuMs, type Pair } from './cpu-time.js';

const ROUNDS = 60;
const BATCHES = 80;
const BATCH_POINTS = 5_000;
const SERIES = 1_000;
/** In event time: windows close again and again. */
const POINTS_PER_MS = 5;
/** Behind all points: stream time is at most this. */
const ARRIVAL = START + 3_600_000;
const PARTITIONS = 4;
/** One point of so many is of a sampled request, each of a trace of its own. */
const TRACED_EVERY = 100;
/** Where the base offset stands in a record batch. */
const BASE_OFFSET = 0;
const EXPORTED_MS = 10;
/** Behind all compiling. */
const WARM_UP_ROUNDS = 3;

/** A second of CPU time is one for what is bounded by the second, as in a worker that has a core for itself and is behind. */
class BusyClock implements Clock {
  #now = ARRIVAL;

  now(): number {
    return Math.floor(this.#now);
  }

  worked(ms: number): void {
    this.#now += ms;
  }
}

/** All that windowing does between a fetch and a produce, batch by batch with tracing and without it; exports count as tracing. */
export async function windowingCost(open: (clock: Clock) => Tracing): Promise<Pair[]> {
  const clock = new BusyClock();
  const tracing = open(clock);
  const codecs = staticCodecs();
  const decoder = codecs.decoder('metrics');
  const { idleTimeoutMs, watermarkHoldMs, maxSeries } = loadConfig({}).windowing;
  const definitions = () => DEFAULT_DEFINITIONS;
  const encoders = { windows: codecs.encoder('windows'), late: codecs.encoder('late') };
  const plain = windowingStage({
    definitions,
    idleTimeoutMs,
    watermarkHoldMs,
    maxSeries,
    decoder,
    ...encoders,
  });
  const traced = tracedStage(plain, {
    ...{ tracing, group: 'windowing' },
    ...tracedWindows({
      points: decoder,
      windows: codecs.decoder('windows'),
      definitions,
      holdMs: watermarkHoldMs,
    }),
  });
  const batches = recordBatches();
  const signal = new AbortController().signal;
  const partitioned = new PartitionedRecordSets('', async () => PARTITIONS);
  const take = async (stage: Stage<WindowingState>, state: WindowingState, index: number) => {
    const end = BATCHES * BATCH_POINTS;
    const offsets = { highWatermark: end, lastStableOffset: end, logStartOffset: 0 };
    const fetched = { topic: 'metrics', partition: 0, errorCode: 0, ...offsets, aborted: [] };
    const batch = readRecordBatches({ ...fetched, records: batches[index] as Buffer }, index * BATCH_POINTS);
    await decoder.prepare(batch, signal);
    const { outputs } = stage.step(state, batch, clock.now());
    await partitioned.add(outputs);
    for (const { set } of partitioned.sets) finish(set);
    partitioned.clear();
    outputs.clear();
    batch.release?.();
  };

  const pairs: Pair[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const states = [plain, traced].map((stage) =>
      stage.restore({ topic: 'metrics', partition: 0, checkpoint: null, changelog: new Map() }),
    ) as [WindowingState, WindowingState];
    let [plainMs, tracedMs] = [0, 0];
    for (let i = 0; i < BATCHES; i++) {
      const without = async () => {
        plainMs += await cpuMs(() => take(plain, states[0], i));
      };
      if (i % 2 === 0) await without();
      const ms = await cpuMs(() => take(traced, states[1], i));
      tracedMs += ms;
      clock.worked(ms);
      if (i % 2 === 1) await without();
    }
    tracedMs += await cpuMs(exported);
    // A process that waits is not quite idle.
    plainMs += await cpuMs(exported);
    if (round >= WARM_UP_ROUNDS) pairs.push({ plainMs, tracedMs });
  }
  const last = pairs.pop() as Pair;
  const closing = await cpuMs(() => tracing.close());
  return [...pairs, { ...last, tracedMs: last.tracedMs + closing }];
}

/** While all exports of a round are made. */
async function exported(): Promise<void> {
  await setTimeout(EXPORTED_MS);
}

/** As a broker has them. */
function recordBatches(): Buffer[] {
  const points = staticCodecs().encoder('metrics');
  return Array.from({ length: BATCHES }, (_, batch) => {
    const set = new RecordSet();
    for (let i = 0; i < BATCH_POINTS; i++) {
      const number = batch * BATCH_POINTS + i;
      const point = pointOf(number);
      const key = Buffer.from(recordKey(point.tenantId, point.metric));
      const value = points.encode(point);
      const headers = number % TRACED_EVERY === 0 ? traceHeaders(contextOf(number + 1, number + 1)) : null;
      set.append(key, 0, key.length, value, 0, value.length, headers, 0, headers?.length ?? 0);
    }
    const bytes = Buffer.from(finish(set));
    bytes.writeBigInt64BE(BigInt(batch * BATCH_POINTS), BASE_OFFSET);
    return bytes;
  });
}

function pointOf(number: number): MetricPoint {
  const series = (Math.imul(number, 0x9e3779b1) >>> 8) % SERIES;
  return {
    tenantId: `tenant-${series % 20}`,
    metric: `requests.rate_${series % 10}`,
    tags: { host: `host-${series}`, region: ['eu', 'us-east', 'ap-south'][series % 3] as string },
    timestamp: START + Math.floor(number / POINTS_PER_MS),
    value: Math.sin(number) * 100,
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    unit: 'percent',
    source: null,
    ...GAUGE,
  };
}

function finish(set: RecordSet): Buffer {
  return set.finish({ producerId: 0n, epoch: 0, baseSequence: 0, timestamp: ARRIVAL, codec: 'none' });
}
