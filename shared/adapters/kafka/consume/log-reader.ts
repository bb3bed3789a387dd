import type { Kafka } from 'kafkajs';
import type { Registry } from 'prom-client';
import { messageOf } from '../../../core/errors.js';
import { partitionKey } from '../../../core/partition-key.js';
import { backoffMs } from '../../../core/retry.js';
import type { LogSource, OffsetRange, PartitionBuffer, ReadLog } from '../../../ports/log.js';
import type { WorkerContext } from '../../../process/context.js';
import { sentNow } from '../../../process/sent-at.js';
import { sleep } from '../../../process/wait.js';
import { kafkaError } from '../client.js';
import { type Leader, leaderOf, partitionsOf, refresh, refreshIfOld } from '../cluster-metadata.js';
import { type InternalCluster, openCluster } from '../internals.js';
import { LogOffsets } from '../log-offsets.js';
import { OFFSET_OUT_OF_RANGE, requireSuccess } from '../protocol/answers.js';
import type { FetchedPartition } from '../protocol/fetch-response.js';
import { FrameBuffers } from '../protocol/frame-buffers.js';
import { readRecordBatches } from '../protocol/record-batches.js';
import { fetchFrom } from './fetch.js';
import { type Led, LogEnds } from './log-ends.js';
import { gapAt, type LogGap } from './log-gap.js';
import { Reading } from './reading.js';
import { Reports } from './reports.js';

/** Fetch wait while a full buffer keeps a partition out of the fetch, so that it can take part again soon. */
const SHORT_WAIT_MS = 5;
const MAX_RESPONSE_BYTES = 33_554_432;

/**
 * Reads partitions from their leaders under read_committed, one fetch at a time per broker.
 *
 * kafkajs keeps metadata and connections; `protocol/` reads the responses. Server errors are retried with
 * back-off, and the worker is not ready meanwhile; a position only moves when its records were delivered. What is
 * wrong with one partition concerns that one alone: the others of its broker are read on.
 *
 * Every request names the epoch of the leader that it is meant for, so that nobody else answers it. A new leader is
 * first asked whether it knows all that was acknowledged before it, and whether what was read is in its log (KIP-207,
 * KIP-320): what it then says of the end of its log can be relied on.
 */
export class LogReader implements LogSource {
  readonly #cluster: InternalCluster;
  readonly #offsets: LogOffsets;
  readonly #ends: LogEnds;
  readonly #reports: Reports;
  readonly #readings = new Map<PartitionBuffer, Reading>();
  readonly #loops = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  readonly #wakers = new Set<() => void>();
  readonly #frameBuffers = new FrameBuffers();
  /** Work that no loop waits for; none of it fails. */
  readonly #background = new Set<Promise<void>>();
  #looking = false;
  #fetches = 0;

  constructor(
    kafka: Kafka,
    private readonly context: Pick<WorkerContext, 'config' | 'log' | 'health'> & {
      readonly metrics?: Registry;
    },
  ) {
    this.#cluster = openCluster(kafka);
    this.#offsets = new LogOffsets(this.#cluster);
    this.#ends = new LogEnds(this.#offsets, context.log);
    this.#reports = new Reports(context);
  }

  async connect(): Promise<void> {
    try {
      await this.#cluster.connect();
    } catch (error) {
      throw kafkaError(error, 'connecting to Kafka');
    }
  }

  add(buffer: PartitionBuffer, offset: number, topicId: string | null = null): void {
    const reading = new Reading(buffer, offset, topicId);
    this.#readings.set(buffer, reading);
    this.#reports.reads(reading);
    this.#inBackground(this.#begin(reading));
  }

  remove(buffer: PartitionBuffer): void {
    const reading = this.#readings.get(buffer);
    this.#readings.delete(buffer);
    if (reading !== undefined) this.#reports.forget(reading);
  }

  wake(): void {
    for (const waker of this.#wakers) waker();
  }

  async range(topic: string, partition: number, read: ReadLog = {}): Promise<OffsetRange> {
    return await this.#ask(`asking for the offsets of ${topic}[${partition}]`, () =>
      this.#offsets.range(topic, partition, read),
    );
  }

  async ends(topic: string, only?: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const led = only?.filter((partition) => leaderOf(this.#cluster, topic, partition) !== null);
    return await this.#ask(`asking for the ends of ${topic}`, async () =>
      this.#offsets.ends(topic, led ?? (await partitionsOf(this.#cluster, topic))),
    );
  }

  async partitions(topic: string, least = 1): Promise<number> {
    const found = await this.#ask(`asking for the partitions of ${topic}`, () =>
      partitionsOf(this.#cluster, topic, least),
    );
    return found.length;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const buffer of this.#readings.keys()) this.remove(buffer);
    this.wake();
    await Promise.all(this.#loops.values());
    await Promise.all(this.#background);
    await this.#cluster.disconnect();
  }

  /** After a failure it is learnt anew who leads, for the caller's next attempt. */
  async #ask<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await this.#refresh();
      throw kafkaError(error, doing);
    }
  }

  #inBackground(work: Promise<void>): void {
    this.#background.add(work);
    void work.finally(() => this.#background.delete(work));
  }

  async #begin(reading: Reading): Promise<void> {
    await this.#learn(reading.buffer.topic);
    this.#startLoops();
    await this.#lookForLeaders();
  }

  /** Never fails: who misses the topic asks again. */
  async #learn(topic: string): Promise<void> {
    try {
      await this.#cluster.addMultipleTargetTopics([topic]);
    } catch (error) {
      this.context.log.debug({ error, topic }, 'looking for the leaders of a topic');
    }
  }

  /** Looks again and again for the leaders of partitions that have none, until each has. */
  async #lookForLeaders(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    for (let failures = 0; !this.#closing.signal.aborted; failures++) {
      const leaderless = [...this.#readings.values()].filter(({ buffer }) => this.#leaderOf(buffer) === null);
      if (leaderless.length === 0) break;
      // A topic that was just made has leaders in a moment.
      if (failures > 0) for (const reading of leaderless) this.#reports.leaderless(reading, failures - 1);
      await sleep(backoffMs(failures, Math.random()), this.#closing.signal);
      for (const topic of new Set(leaderless.map(({ buffer }) => buffer.topic))) await this.#learn(topic);
      await this.#refresh();
    }
    this.#looking = false;
  }

  #leaderOf({ topic, partition }: PartitionBuffer): Leader | null {
    return leaderOf(this.#cluster, topic, partition);
  }

  /** Sees that each partition is read from its leader, as far as it is known who that is. */
  #startLoops(): void {
    for (const { buffer } of this.#readings.values()) {
      const leader = this.#leaderOf(buffer);
      if (leader !== null) this.#startLoop(leader.nodeId);
    }
  }

  #startLoop(nodeId: string): void {
    if (this.#loops.has(nodeId) || this.#closing.signal.aborted) return;
    // Not at once: loops start each other, and one that is not listed yet would be started again.
    const started = Promise.resolve().then(() => this.#read(nodeId));
    const loop = started.finally(() => {
      this.#loops.delete(nodeId);
      // A partition may have come while the loop ended.
      this.#startLoops();
    });
    this.#loops.set(nodeId, loop);
  }

  async #read(nodeId: string): Promise<void> {
    const key = `kafka broker ${nodeId}`;
    const { log, health } = this.context;
    for (let failures = 0; !this.#closing.signal.aborted; ) {
      try {
        const led = this.#ledBy(nodeId);
        if (led.length === 0) break;
        await this.#turn(nodeId, led);
        if (failures > 0) log.info({ failures }, `${key} is back`);
        failures = 0;
        health.clear(key);
      } catch (error) {
        if (this.#closing.signal.aborted) break;
        const reason = messageOf(kafkaError(error, `reading from ${key}`));
        health.block(key, reason);
        if (failures % 10 === 0) log.warn({ error, failures }, reason);
        await sleep(backoffMs(failures, Math.random()), this.#closing.signal);
        failures += 1;
        await this.#refresh();
      }
    }
    health.clear(key);
  }

  /** What the broker leads. Others whose leaders have no loop get one. */
  #ledBy(nodeId: string): Led[] {
    const led: Led[] = [];
    let leaderless = false;
    for (const reading of this.#readings.values()) {
      const leader = this.#leaderOf(reading.buffer);
      if (leader === null) leaderless = true;
      else if (leader.nodeId === nodeId) led.push({ reading, leader });
      else this.#startLoop(leader.nodeId);
    }
    if (leaderless) this.#inBackground(this.#lookForLeaders());
    return led;
  }

  async #turn(nodeId: string, led: readonly Led[]): Promise<void> {
    const now = performance.now();
    const active = led.filter(({ reading }) => !reading.rests(now));
    const wanted = active.filter(({ reading }) => reading.buffer.hasRoom());
    const unstarted = wanted.filter(({ reading, leader }) => !reading.startedWith(leader));
    if (unstarted.length > 0) await this.#start(nodeId, unstarted);
    const ready = onePerPartition(
      wanted.filter(({ reading, leader }) => this.#isRead(reading) && reading.startedWith(leader)),
    );
    if (ready.length === 0) await this.#awaitWake();
    else await this.#fetchOnce(nodeId, ready, wanted.length < active.length);
  }

  #isRead(reading: Reading): boolean {
    return this.#readings.get(reading.buffer) === reading && !reading.rests(performance.now());
  }

  /** Asks a leader that was not fetched from yet what there is to know of its log. */
  async #start(nodeId: string, unstarted: readonly Led[]): Promise<void> {
    const asked = unstarted.map(({ reading: { buffer, epoch }, leader }) => {
      const { topic, partition } = buffer;
      return { topic, partition, leaderEpoch: leader.epoch, epoch };
    });
    const starts = await this.#offsets.starts(nodeId, asked);
    starts.forEach(({ code, sharedEnd }, i) => {
      const { reading, leader } = unstarted[i] as Led;
      if (!this.#isRead(reading)) return;
      try {
        requireSuccess(code, 'asking its leader');
        reading.topicId ??= leader.topicId;
        if (leader.topicId !== reading.topicId || (sharedEnd >= 0 && sharedEnd < reading.position))
          this.#inBackground(this.#find(reading, sharedEnd));
        else reading.started(leader);
      } catch (error) {
        this.#failed(reading, error);
      }
    });
  }

  async #fetchOnce(nodeId: string, ready: readonly Led[], short: boolean): Promise<void> {
    const { fetchMaxWaitMs, fetchMaxBytesPerPartition: maxBytesPerPartition } = this.context.config.kafka;
    // What is known by now does for this fetch.
    this.#inBackground(refreshIfOld(this.#cluster, this.context.log));
    this.#inBackground(this.#ends.ask(nodeId, ready));
    this.#fetches += 1;
    for (const { reading } of ready) reading.fetched = this.#fetches;
    const requested = new Map(
      ready.map(({ reading, leader }) => [reading.key, { reading, leader, position: reading.position }]),
    );
    const partitions = ready.map(({ reading: { buffer, position, topicId }, leader: { epoch } }) => {
      const { topic, partition } = buffer;
      return { topic, topicId, partition, leaderEpoch: epoch, offset: position };
    });
    const maxWaitMs = short ? Math.min(SHORT_WAIT_MS, fetchMaxWaitMs) : fetchMaxWaitMs;
    const options = { maxWaitMs, maxBytes: MAX_RESPONSE_BYTES, maxBytesPerPartition };
    const broker = await this.#cluster.findBroker({ nodeId });
    const sentAt = sentNow();
    const answer = await fetchFrom(broker, partitions, options, this.#frameBuffers);
    requireSuccess(answer.errorCode, 'fetching');
    const onRecycle = this.#memoryOwner(answer.partitions);
    for (const fetched of answer.partitions) {
      const asked = requested.get(partitionKey(fetched));
      // Removed, or somewhere else by now, while the response was on its way.
      if (asked === undefined || !this.#isRead(asked.reading) || asked.reading.position !== asked.position) {
        if (fetched.records.length > 0) onRecycle();
      } else this.#take(asked, fetched, sentAt, onRecycle);
    }
  }

  /** To be called once for each partition with records; frees the response's memory, which they share, at the last call. */
  #memoryOwner(partitions: readonly FetchedPartition[]): () => void {
    const sharing = partitions.filter(({ records }) => records.length > 0);
    let left = sharing.length;
    return () => {
      left -= 1;
      if (left === 0) this.#frameBuffers.giveBack((sharing[0] as FetchedPartition).records.buffer);
    };
  }

  #take(
    { reading, leader }: Led,
    fetched: FetchedPartition,
    sentAt: ReturnType<typeof sentNow>,
    onRecycle: () => void,
  ): void {
    if (fetched.errorCode === OFFSET_OUT_OF_RANGE) {
      this.#inBackground(this.#find(reading));
      return;
    }
    try {
      requireSuccess(fetched.errorCode, 'fetching');
      const end = reading.endAt(sentAt, leader);
      const batch = readRecordBatches(fetched, reading.position, onRecycle, end.offset);
      reading.position = batch.nextOffset;
      reading.epoch = batch.leaderEpoch ?? reading.epoch;
      this.#reports.succeeded(reading);
      reading.buffer.deliver(batch, fetched.highWatermark, fetched.lastStableOffset, end.sentAt);
    } catch (error) {
      this.#failed(reading, error);
    }
  }

  /** Backs off, and learns anew who leads: most of what can go wrong with one partition is that another broker does. */
  #failed(reading: Reading, error: unknown): void {
    this.#reports.failed(reading, error);
    this.#inBackground(this.#refresh());
  }

  /**
   * Finds out what has become of a position that is not in the log of its leader.
   *
   * @param sharedEnd where the log has parted from what was read, if that is known; else -1
   */
  async #find(reading: Reading, sharedEnd = -1): Promise<void> {
    const { topic, partition } = reading.buffer;
    reading.hold();
    try {
      const range = await this.#offsets.range(topic, partition);
      if (this.#readings.get(reading.buffer) !== reading) return;
      const end = sharedEnd < 0 ? range.end : Math.min(range.end, sharedEnd);
      const gap = gapAt(reading, { ...range, end });
      // By now it is in the log: somebody else leads it, or still knew of an end before.
      if (gap === null) requireSuccess(OFFSET_OUT_OF_RANGE, `fetching at offset ${reading.position}`);
      else this.#goOn(reading, gap, range.topicId ?? null);
    } catch (error) {
      if (this.#readings.get(reading.buffer) === reading) this.#failed(reading, error);
    }
  }

  #goOn(reading: Reading, gap: LogGap, topicId: string | null): void {
    const { buffer, position } = reading;
    if (gap.cause !== 'retention' && buffer.brokenOff !== undefined) {
      this.remove(buffer);
      buffer.brokenOff();
      return;
    }
    this.#reports.gap(reading, gap, position);
    reading.goOn(gap.goOnAt, topicId);
    this.#reports.succeeded(reading);
    this.wake();
  }

  #awaitWake(): Promise<void> {
    return new Promise((resolve) => {
      const waker = () => {
        clearTimeout(timer);
        this.#wakers.delete(waker);
        resolve();
      };
      // The time-out guards against a wake-up between the check and this line.
      const timer = setTimeout(waker, 100);
      this.#wakers.add(waker);
    });
  }

  async #refresh(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    await refresh(this.#cluster, this.context.log);
    this.#startLoops();
  }
}

/** Of several readers of a partition, which are rare, the one that has waited longest. */
function onePerPartition(led: readonly Led[]): Led[] {
  const chosen = new Map<string, Led>();
  for (const one of led) {
    const other = chosen.get(one.reading.key);
    if (other === undefined || one.reading.fetched < other.reading.fetched) chosen.set(one.reading.key, one);
  }
  return [...chosen.values()];
}
