import type { TopicName } from '../../topics/names.js';
import { Codecs } from '../adapters/avro/codecs.js';
import { createKafka } from '../adapters/kafka/client.js';
import { joinGroup } from '../adapters/kafka/consume/group-member.js';
import { LogReader } from '../adapters/kafka/consume/log-reader.js';
import { startProducer } from '../adapters/kafka/produce/producer.js';
import { compactBatch } from '../adapters/kafka/protocol/record-index.js';
import { messageOf } from '../core/errors.js';
import { partitionKey } from '../core/partition-key.js';
import { type FlushPolicy, RecordAccumulator } from '../core/record-accumulator.js';
import type { RecordBatch } from '../core/record-batch.js';
import { backoffMs } from '../core/retry.js';
import type { Refusal } from '../core/stage.js';
import type { ValueDecoder } from '../ports/codec.js';
import type { GroupMember } from '../ports/log.js';
import type { WorkerContext } from '../process/context.js';
import { flowTelemetry } from '../process/flow-telemetry.js';
import { sleep, untilItWorks } from '../process/wait.js';
import { lettersOf, sendLetters } from './dead-letter-records.js';
import { FetchBuffer, maxAnswerAgeMs } from './fetch-buffer.js';
import { forgetGap, reportGap } from './gap-report.js';
import { GroupLags, type PartitionLag } from './group-lags.js';
import { PartitionSet } from './partition-set.js';
import { placed, positionOf } from './placed-checkpoint.js';
import { RefusalLog } from './refusal-log.js';
import { pipelineTelemetry } from './telemetry.js';

/** Writes the records of one topic to a target outside of Kafka. */
export interface BatchHandler {
  readonly decoder: ValueDecoder<unknown>;
  /** When to write accumulated records; without it each fetched batch is written as it is. */
  readonly flushPolicy?: FlushPolicy;
  /**
   * Resolves with the refused records when all others are stored. After a retriable error the same batch
   * is handled again, so writes must be idempotent.
   */
  handle(batch: RecordBatch, signal: AbortSignal): Promise<readonly Refusal[]>;
}

export interface SinkOptions {
  /** Consumer group, without the prefix. */
  readonly group: string;
  readonly handlers: Partial<Record<TopicName, BatchHandler>>;
}

/** A partition with its handler. */
interface Assignment {
  readonly topic: string;
  readonly name: TopicName;
  readonly partition: number;
  readonly handler: BatchHandler;
  readonly revoked: AbortSignal;
  /** Names the partition in logs and readiness. */
  readonly key: string;
  readonly refusalLog: RefusalLog;
  readonly lag: PartitionLag;
  /** Called when a batch is stored and committed. */
  readonly onStored: () => void;
}

const POLL_MS = 250;
/** Poll interval while records have just begun to accumulate: a lingering flush is then at most this late. */
const LINGER_POLL_MS = 20;
/** After so many short polls without a flush it is {@link POLL_MS} again. */
const MAX_SHORT_POLLS = 50;
const flushAtOnce: FlushPolicy = ({ batch }) => batch.length;

/**
 * Passes batches to handlers, in order per partition, at least once: an offset is committed when its
 * batch is stored and its refusals are acknowledged in `dlq`.
 *
 * @returns stops the sink: finishes the current batches, commits and leaves the group
 */
export async function runSink(context: WorkerContext, options: SinkOptions): Promise<() => Promise<void>> {
  const { config, log, health, stopping } = context;
  const prefix = config.kafka.topicPrefix;
  const kafka = createKafka(context);
  const reader = new LogReader(kafka, context);
  const telemetry = pipelineTelemetry(context.metrics);
  const flow = flowTelemetry(context.metrics);
  const lags = new GroupLags({ group: options.group, reader, telemetry, log });
  await untilItWorks(() => reader.connect(), { what: 'Kafka', signal: stopping, log, health });
  const deadLetters = await new Codecs(context).encoder('dlq');
  const producer = await startProducer(context);

  let membership: GroupMember | null = null;
  const partitions = new PartitionSet(async ({ topic, partition }, revoked) => {
    const member = membership as GroupMember;
    const name = topic.slice(prefix.length) as TopicName;
    const handler = options.handlers[name];
    if (handler === undefined) return;
    const key = `${options.group}: ${partitionKey({ topic, partition })}`;
    const refusalLog = new RefusalLog(log.child({ topic, partition }), handler.decoder);
    const lag = lags.open({ topic, name, partition });
    let failures = 0;
    const onStored = () => {
      failures = 0;
    };
    while (!revoked.aborted) {
      try {
        await consume(member, { topic, name, partition, handler, revoked, key, refusalLog, lag, onStored });
      } catch (error) {
        health.block(key, `${key}: ${messageOf(error)}`);
        if (failures % 10 === 0) log.warn({ error, topic, partition }, `starting again: ${messageOf(error)}`);
        await sleep(backoffMs(failures, Math.random()), revoked);
        failures += 1;
      }
    }
    health.clear(key);
    forgetGap({ context, key });
    lag.close();
    telemetry.released(options.group, name, partition);
  });
  const member = await joinGroup(kafka, context, {
    groupId: prefix + options.group,
    topics: Object.keys(options.handlers).map((name) => prefix + name),
    assigned: (assignment, joined) => {
      membership = joined;
      // What another instance has stored meanwhile is stored again, which changes nothing.
      partitions.assign(assignment.partitions, true);
    },
  });

  return async () => {
    await partitions.stop();
    await lags.close();
    await Promise.allSettled([member.leave(), reader.close(), producer.close()]);
  };

  async function consume(member: GroupMember, assignment: Assignment): Promise<void> {
    const { topic, name, partition, handler, revoked, key, lag } = assignment;
    const committed = await member.committed(topic, partition);
    const askedAt = performance.now();
    const range = await reader.range(topic, partition);
    const { topicId = null } = range;
    // Of an offset without a topic's id, behind the end, nobody knows which log it is of: to write twice changes nothing.
    const isKnown = committed !== null && (committed.topicId !== null || committed.offset <= range.end);
    const { from, gap } = placed(isKnown ? committed : null, range);
    if (gap !== null) reportGap({ context, key, name, partition }, gap, positionOf(committed));
    let brokenOff = false;
    const buffer = new FetchBuffer(topic, partition, from, {
      onRoom: () => reader.wake(),
      maxAnswerAgeMs: maxAnswerAgeMs(config.kafka.fetchMaxWaitMs),
      brokenOff: () => {
        brokenOff = true;
      },
    });
    let finished = from;
    lag.ended(range.end, askedAt);
    lag.follow(() => finished, buffer);
    reader.add(buffer, from, topicId);
    const accumulator = new RecordAccumulator(handler.flushPolicy ?? flushAtOnce);
    let polls = 0;
    let turns = 0;
    let inHand = false;
    const unwatch = health.watch(key, { pending: () => inHand || buffer.waits, done: () => turns });
    try {
      // What was read is stored, whatever has become of the log.
      while (!revoked.aborted && !(brokenOff && accumulator.empty)) {
        turns += 1;
        inHand = false;
        const fetched = await buffer.next(
          polls > 0 && polls < MAX_SHORT_POLLS ? LINGER_POLL_MS : POLL_MS,
          revoked,
        );
        telemetry.turn(options.group, name, partition, context.clock.now());
        if (buffer.answered) health.clear(key);
        inHand = true;
        if (fetched !== null) {
          await handler.decoder.prepare(fetched, revoked);
          accumulator.add(compactBatch(fetched), context.clock.now());
        }
        if (accumulator.empty || revoked.aborted) continue;
        for (let due = true; due && !revoked.aborted; ) {
          const batch = accumulator.drain(context.clock.now(), buffer.caughtUp);
          turns += 1;
          if (batch !== null) {
            await store(batch, member, assignment, topicId);
            finished = batch.nextOffset;
          }
          due = batch !== null;
          if (due) polls = 0;
        }
        polls = accumulator.empty ? 0 : polls + 1;
      }
    } finally {
      unwatch();
      lag.hold();
      reader.remove(buffer);
    }
  }

  async function store(
    batch: RecordBatch,
    member: GroupMember,
    assignment: Assignment,
    topicId: string | null,
  ): Promise<void> {
    const { topic, name, partition, handler, revoked, key, refusalLog } = assignment;
    const refusals =
      batch.length === 0
        ? []
        : await untilItWorks(() => counted(handler.handle(batch, revoked)), {
            what: `the target of ${key}`,
            signal: revoked,
            log,
            health,
          });
    await refuse(batch, refusals, topic);
    refusalLog.warn(refusals, batch, context.clock.now());
    telemetry.received(options.group, name, batch.length);
    await member.commit(topic, partition, batch.nextOffset, topicId);
    assignment.onStored();
  }

  async function counted<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!stopping.aborted) flow.threw('sending', error);
      throw error;
    }
  }

  async function refuse(batch: RecordBatch, refusals: readonly Refusal[], topic: string): Promise<void> {
    if (refusals.length === 0) return;
    const origin = { worker: context.name, topic };
    const letters = lettersOf(refusals, batch, origin, context.clock.now());
    await sendLetters(letters, producer, deadLetters);
    for (const { code } of refusals) telemetry.refused(code);
  }
}
