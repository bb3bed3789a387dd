import { filter, map, type Subscription } from 'rxjs';
import { Codecs } from '../../../shared/adapters/avro/codecs.js';
import { createKafka } from '../../../shared/adapters/kafka/client.js';
import { LogReader } from '../../../shared/adapters/kafka/consume/log-reader.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import { decodePoints } from '../../../shared/operators/point-operators.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import { untilItWorks } from '../../../shared/process/wait.js';
import { followCompactedTopic } from '../../../shared/runners/follow-compacted-topic.js';
import { KEY_SEPARATOR } from '../../../shared/wire/series.js';
import { followPartitions } from './follow-partitions.js';
import { Freshness } from './freshness.js';
import type { LiveHub } from './live-hub.js';
import { type LiveRecordsOptions, liveRecords } from './live-records.js';

/** Records that are passed over because they cannot be decoded, by topic. */
export type Unreadable = (topic: string, records: number) => void;

const TOPICS = ['metrics', 'windows', 'anomalies'] as const;
const SECOND_MS = 1_000;

/**
 * Feeds the hub from Kafka: points, windows and anomalies from now on, alerts as they stand. Waits for servers, and goes on
 * where it was after they were away.
 *
 * @returns once the alerts that there are are known; calling the result stops
 */
export async function feedHub(
  context: WorkerContext,
  hub: LiveHub,
  unreadable: Unreadable,
): Promise<() => Promise<void>> {
  const { clock, config, log, health, stopping } = context;
  const ended = new AbortController();
  const signal = AbortSignal.any([stopping, ended.signal]);
  const reader = new LogReader(createKafka(context), context);
  const physical = (topic: string) => config.kafka.topicPrefix + topic;
  const waiting = { what: 'Kafka (live updates)', signal: stopping, log, health };
  const ends = await untilItWorks(async () => {
    await reader.connect();
    return await Promise.all(TOPICS.map((topic) => reader.ends(physical(topic))));
  }, waiting);
  const codecs = new Codecs(context);
  const decoders = {
    metrics: codecs.decoder('metrics'),
    windows: codecs.decoder('windows'),
    anomalies: codecs.decoder('anomalies'),
  };
  const freshness = new Freshness();
  const recordsOf = (topic: (typeof TOPICS)[number]) => {
    const decoder = decoders[topic];
    const options: LiveRecordsOptions = { reader, topic: physical(topic), decoder, signal, freshness };
    return liveRecords(options, ends[TOPICS.indexOf(topic)] ?? new Map());
  };
  const failed = { error: (error: unknown) => context.fail(error) };
  const subscriptions: Subscription[] = [
    recordsOf('metrics')
      .pipe(
        map((records) => ({ records, now: 0, next: 0, advance: null })),
        decodePoints(decoders.metrics, hub.table.index),
      )
      .subscribe({
        ...failed,
        next: (points) => {
          unreadable('metrics', points.refusals.length);
          hub.points(points, points.records.partition);
        },
      }),
    recordsOf('windows')
      .pipe(filter(() => hub.isWanted('windows')))
      .subscribe({
        ...failed,
        next: (batch) => {
          const wanted = (i: number) => wantsWindow(hub, batch.key(i)?.toString('utf8') ?? '');
          const skipped = eachValue(batch, decoders.windows, (window) => hub.window(window), wanted);
          unreadable('windows', skipped);
        },
      }),
    recordsOf('anomalies')
      .pipe(filter(() => hub.isWanted('anomalies')))
      .subscribe({
        ...failed,
        next: (batch) => {
          const skipped = eachValue(batch, decoders.anomalies, (anomaly) => hub.anomaly(anomaly));
          unreadable('anomalies', skipped);
        },
      }),
  ];
  const alerts = codecs.decoder('alerts');
  const changed = (_fingerprint: string, value: Buffer | null) => {
    if (value !== null && !take(alerts, value, (alert) => hub.alert(alert))) unreadable('alerts', 1);
  };
  const topic = physical('alerts');
  const known = await untilItWorks(() => reader.ends(topic), waiting);
  const follow = async (partition: number, until: AbortSignal) => {
    try {
      await untilItWorks(
        () =>
          followCompactedTopic(reader, topic, partition, until, changed, (batch) =>
            alerts.prepare(batch, until),
          ),
        { ...waiting, signal: until },
      );
    } catch (error) {
      if (!until.aborted) context.fail(error);
    }
  };
  const reached: Promise<void>[] = [];
  const begin = (partition: number, _offset: number, until: AbortSignal) =>
    void reached.push(follow(partition, until));
  void followPartitions({ reader, topic, known, begin, signal }).catch((error) => context.fail(error));
  await Promise.all(reached);
  const timer = setInterval(() => {
    // What has come while the process stood still is heard first.
    setImmediate(() => {
      const { staleMs } = freshness;
      hub.stale(staleMs === 0 ? null : clock.now() - staleMs);
    });
  }, SECOND_MS);
  return async () => {
    clearInterval(timer);
    ended.abort();
    for (const subscription of subscriptions) subscription.unsubscribe();
    await reader.close();
  };
}

/** A record's key names tenant and metric. */
function wantsWindow(hub: LiveHub, key: string): boolean {
  const end = key.indexOf(KEY_SEPARATOR);
  return end > 0 && hub.wantsWindows(key.slice(0, end), key.slice(end + 1));
}

/** @returns how many could not be decoded */
function eachValue<T>(
  batch: RecordBatch,
  decoder: ValueDecoder<T>,
  each: (value: T) => void,
  wanted: (index: number) => boolean = () => true,
): number {
  let unreadable = 0;
  for (let i = 0; i < batch.length; i++)
    if (wanted(i) && !take(decoder, batch.value(i), each)) unreadable += 1;
  return unreadable;
}

/** @returns false when the value cannot be decoded: what is wrong with it is for those to say that it is meant for */
function take<T>(decoder: ValueDecoder<T>, value: Buffer | null, each: (value: T) => void): boolean {
  let decoded: T;
  try {
    decoded = decoder.decode(value);
  } catch (error) {
    if (!(error instanceof TactusError)) throw error;
    return false;
  }
  each(decoded);
  return true;
}
