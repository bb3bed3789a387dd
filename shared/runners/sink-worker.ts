import type { TopicName } from '../../topics/names.js';
import { Codecs } from '../adapters/avro/codecs.js';
import { createKafka } from '../adapters/kafka/client.js';
import { joinGroup } from '../adapters/kafka/consume/group-member.js';
import { LogReader } from '../adapters/kafka/consume/log-reader.js';
import { startProducer } from '../adapters/kafka/produce/producer.js';
import { keepable } from '../adapters/kafka/protocol/record-index.js';
import { deadLetter } from '../core/dead-letter.js';
import { messageOf } from '../core/errors.js';
import { Collector, type Cut } from '../core/record-accumulator.js';
import type { RecordBatch } from '../core/record-batch.js';
import { backoffMs } from '../core/retry.js';
import type { Refusal } from '../core/stage.js';
import type { ValueDecoder } from '../ports/codec.js';
import type { GroupMember } from '../ports/log.js';
import type { WorkerContext } from '../process/context.js';
import { sleep, untilItWorks } from '../process/wait.js';
import { freshMs, PartitionFeed } from './partition-feed.js';
import { PartitionSet } from './partition-set.js';
import { Refusals } from './refusals.js';
import { pipelineTelemetry } from './telemetry.js';

/** Writes the records of one topic to a target outside of Kafka. */
export interface BatchHandler {
  readonly decoder: ValueDecoder<unknown>;
  /** When what was read is written; without it each fetched batch is, as it comes. */
  readonly cut?: Cut;
  /**
   * Resolves when every record of the batch is stored, or refused. A retriable rejection makes
   * the same batch come again; the writes must therefore be idempotent.
   */
  handle(batch: RecordBatch, signal: AbortSignal): Promise<readonly Refusal[]>;
}

export interface SinkOptions {
  /** Consumer group, without the prefix. */
  readonly group: string;
  readonly handlers: Partial<Record<TopicName, BatchHandler>>;
}

interface Consuming {
  readonly topic: string;
  readonly name: TopicName;
  readonly partition: number;
  readonly handler: BatchHandler;
  readonly revoked: AbortSignal;
  /** Names the partition in logs and readiness. */
  readonly key: string;
  readonly warnings: Refusals;
  /** Called when a batch is stored and committed: what failed before is over. */
  readonly stored: () => void;
}

const POLL_MS = 250;
/** While records have begun to wait to be written with others; those that wait for long are looked at as above. */
const COLLECT_MS = 20;
const SHORT_WAITS = 50;
const AS_IT_COMES: Cut = ({ batch }) => batch.length;

/**
 * Feeds handlers with batches, in order per partition, at least once: an offset is committed when
 * its batch is stored and its refusals are acknowledged in `dlq`.
 *
 * @returns finishes the batches in hand, commits, leaves the group
 */
export async function runSink(context: WorkerContext, options: SinkOptions): Promise<() => Promise<void>> {
  const { config, log, health, stopping } = context;
  const prefix = config.kafka.topicPrefix;
  const kafka = createKafka(context);
  const reader = new LogReader(kafka, context);
  const telemetry = pipelineTelemetry(context.metrics);
  await untilItWorks(() => reader.connect(), { what: 'Kafka', signal: stopping, log, health });
  const letters = await new Codecs(context).encoder('dlq');
  const producer = await startProducer(context);

  const partitions = new PartitionSet(async ({ topic, partition }, member, revoked) => {
    const name = topic.slice(prefix.length) as TopicName;
    const handler = options.handlers[name];
    if (handler === undefined) return;
    const key = `${options.group}: ${topic}[${partition}]`;
    const warnings = new Refusals(log.child({ topic, partition }));
    let failures = 0;
    const stored = () => {
      failures = 0;
    };
    while (!revoked.aborted) {
      try {
        await consume(member, { topic, name, partition, handler, revoked, key, warnings, stored });
      } catch (error) {
        health.block(key, `${key}: ${messageOf(error)}`);
        if (failures % 10 === 0) log.warn({ error, topic, partition }, `starting again: ${messageOf(error)}`);
        await sleep(backoffMs(failures, Math.random()), revoked);
        failures += 1;
      }
    }
    health.clear(key);
    telemetry.released(options.group, name, partition);
  });
  const member = await joinGroup(kafka, context, {
    groupId: prefix + options.group,
    topics: Object.keys(options.handlers).map((name) => prefix + name),
    assigned: (assigned, joined) => partitions.assign(assigned, joined),
  });

  return async () => {
    await partitions.stop();
    await Promise.allSettled([member.leave(), reader.close(), producer.close()]);
  };

  async function consume(member: GroupMember, one: Consuming): Promise<void> {
    const { topic, name, partition, handler, revoked, key } = one;
    const committed = await member.committed(topic, partition);
    const from = committed?.offset ?? (await reader.range(topic, partition)).start;
    const feed = new PartitionFeed(topic, partition, from, {
      onRoom: () => reader.wake(),
      freshMs: freshMs(config.kafka.fetchMaxWaitMs),
    });
    reader.add(feed, from);
    const collector = new Collector(handler.cut ?? AS_IT_COMES);
    let looks = 0;
    try {
      while (!revoked.aborted) {
        const fetched = await feed.next(looks > 0 && looks < SHORT_WAITS ? COLLECT_MS : POLL_MS, revoked);
        telemetry.lag(options.group, name, partition, feed.lag);
        if (feed.answered) health.clear(key);
        if (fetched !== null) {
          await handler.decoder.prepare(fetched, revoked);
          collector.add(keepable(fetched), context.clock.now());
        }
        if (collector.empty || revoked.aborted) continue;
        for (let due = true; due && !revoked.aborted; ) {
          const batch = collector.next(context.clock.now(), feed.caughtUp);
          if (batch !== null) await store(batch, member, one);
          due = batch !== null;
          if (due) looks = 0;
        }
        looks = collector.empty ? 0 : looks + 1;
      }
    } finally {
      reader.remove(feed);
    }
  }

  async function store(batch: RecordBatch, member: GroupMember, one: Consuming): Promise<void> {
    const { topic, name, partition, handler, revoked, key, warnings } = one;
    const refusals =
      batch.length === 0
        ? []
        : await untilItWorks(() => handler.handle(batch, revoked), {
            what: `the target of ${key}`,
            signal: revoked,
            log,
            health,
          });
    await refuse(batch, refusals, topic);
    warnings.warn(refusals, batch, context.clock.now());
    telemetry.received(options.group, name, batch.length);
    await member.commit(topic, partition, batch.nextOffset);
    one.stored();
  }

  async function refuse(batch: RecordBatch, refusals: readonly Refusal[], topic: string): Promise<void> {
    if (refusals.length === 0) return;
    const now = context.clock.now();
    const records = refusals.map((refusal) => {
      const letter = deadLetter(batch, refusal, context.name, topic, now);
      return { topic: 'dlq' as const, key: letter.key, value: letters.encode(letter) };
    });
    await producer.send(records);
    for (const { code } of refusals) telemetry.refused(code);
  }
}
