import type { Kafka } from 'kafkajs';
import { messageOf } from '../../../core/errors.js';
import { backoffMs } from '../../../core/retry.js';
import type { LogSource, OffsetRange, PartitionBuffer, SentAt } from '../../../ports/log.js';
import type { WorkerContext } from '../../../process/context.js';
import { sentNow } from '../../../process/sent-at.js';
import { sleep } from '../../../process/wait.js';
import { kafkaError } from '../client.js';
import { endsOf, partitionsOf, refresh } from '../cluster-metadata.js';
import { type InternalCluster, openCluster } from '../internals.js';
import type { FetchedPartition } from '../protocol/fetch-response.js';
import { FrameBuffers } from '../protocol/frame-buffers.js';
import { readRecordBatches } from '../protocol/record-batches.js';
import { fetchFrom } from './fetch.js';

const OFFSET_OUT_OF_RANGE = 1;
/** Fetch wait while a full buffer keeps a partition out of the fetch, so that it can take part again soon. */
const SHORT_WAIT_MS = 5;
const MAX_RESPONSE_BYTES = 33_554_432;

/**
 * Reads partitions from their leaders under read_committed, one fetch at a time per broker.
 *
 * kafkajs keeps metadata and connections; `protocol/` reads the responses. Server errors are retried with
 * back-off, and the worker is not ready meanwhile; a position only moves when its records were delivered.
 */
export class LogReader implements LogSource {
  readonly #cluster: InternalCluster;
  readonly #positions = new Map<PartitionBuffer, number>();
  readonly #loops = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  readonly #wakers = new Set<() => void>();
  readonly #frameBuffers = new FrameBuffers();

  constructor(
    kafka: Kafka,
    private readonly context: Pick<WorkerContext, 'config' | 'log' | 'health'>,
  ) {
    this.#cluster = openCluster(kafka);
  }

  async connect(): Promise<void> {
    try {
      await this.#cluster.connect();
    } catch (error) {
      throw kafkaError(error, 'connecting to Kafka');
    }
  }

  add(buffer: PartitionBuffer, offset: number): void {
    this.#positions.set(buffer, offset);
    void this.#follow(buffer);
  }

  remove(buffer: PartitionBuffer): void {
    this.#positions.delete(buffer);
  }

  wake(): void {
    for (const waker of this.#wakers) waker();
  }

  async range(topic: string, partition: number): Promise<OffsetRange> {
    try {
      await this.#cluster.addMultipleTargetTopics([topic]);
      const ask = async (fromBeginning: boolean) => {
        const answer = await this.#cluster.fetchTopicsOffset([
          { topic, partitions: [{ partition }], fromBeginning },
        ]);
        return Number(answer[0]?.partitions[0]?.offset);
      };
      const [start, end] = [await ask(true), await ask(false)];
      if (!Number.isFinite(start) || !Number.isFinite(end)) throw new Error('the broker named no offsets');
      return { start, end };
    } catch (error) {
      await this.#refresh();
      throw kafkaError(error, `asking for the offsets of ${topic}[${partition}]`);
    }
  }

  async ends(topic: string): Promise<ReadonlyMap<number, number>> {
    try {
      return await endsOf(this.#cluster, topic, await partitionsOf(this.#cluster, topic));
    } catch (error) {
      await this.#refresh();
      throw kafkaError(error, `asking for the ends of ${topic}`);
    }
  }

  async partitions(topic: string, least = 1): Promise<number> {
    try {
      return (await partitionsOf(this.#cluster, topic, least)).length;
    } catch (error) {
      await this.#refresh();
      throw kafkaError(error, `asking for the partitions of ${topic}`);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#positions.clear();
    this.wake();
    await Promise.allSettled(this.#loops.values());
    await this.#cluster.disconnect();
  }

  /** Makes sure that a loop reads from the leader of the buffer's partition; retries until there is a leader. */
  async #follow(buffer: PartitionBuffer): Promise<void> {
    for (let failures = 0; this.#positions.has(buffer) && !this.#closing.signal.aborted; failures++) {
      try {
        await this.#cluster.addMultipleTargetTopics([buffer.topic]);
        const leader = this.#leaderOf(buffer);
        if (leader !== undefined) {
          this.#ensureLoop(leader);
          return;
        }
      } catch (error) {
        this.context.log.debug({ error, topic: buffer.topic }, 'looking for the leader of a partition');
      }
      await sleep(backoffMs(failures, Math.random()), this.#closing.signal);
      await this.#refresh();
    }
  }

  #leaderOf(buffer: PartitionBuffer): string | undefined {
    return Object.keys(this.#cluster.findLeaderForPartitions(buffer.topic, [buffer.partition]))[0];
  }

  #ensureLoop(nodeId: string): void {
    if (this.#loops.has(nodeId)) {
      this.wake();
      return;
    }
    const loop = this.#read(nodeId).finally(() => {
      this.#loops.delete(nodeId);
      // Partitions that moved to another leader, or were added while the loop ended, find their leader.
      for (const buffer of this.#positions.keys()) void this.#follow(buffer);
    });
    this.#loops.set(nodeId, loop);
  }

  async #read(nodeId: string): Promise<void> {
    const key = `kafka broker ${nodeId}`;
    const { log, health } = this.context;
    for (let failures = 0; !this.#closing.signal.aborted; ) {
      try {
        const buffers = [...this.#positions.keys()].filter((buffer) => this.#leaderOf(buffer) === nodeId);
        if (buffers.length === 0) break;
        const ready = buffers.filter((buffer) => buffer.hasRoom());
        if (ready.length === 0) await this.#awaitWake();
        else await this.#fetchOnce(nodeId, ready, ready.length < buffers.length);
        if (failures > 0) log.info({ failures }, `${key} is back`);
        failures = 0;
        health.clear(key);
      } catch (error) {
        if (this.#closing.signal.aborted) break;
        health.block(key, `reading from ${key}: ${messageOf(error)}`);
        if (failures % 10 === 0) log.warn({ error, failures }, `reading from ${key}: ${messageOf(error)}`);
        await sleep(backoffMs(failures, Math.random()), this.#closing.signal);
        failures += 1;
        await this.#refresh();
      }
    }
    health.clear(key);
  }

  async #fetchOnce(nodeId: string, buffers: PartitionBuffer[], short: boolean): Promise<void> {
    const { fetchMaxWaitMs, fetchMaxBytesPerPartition } = this.context.config.kafka;
    await this.#cluster.refreshMetadataIfNecessary();
    /** A partition may be read twice at a time, from different offsets. */
    const requested = new Map<string, { readonly buffer: PartitionBuffer; readonly position: number }[]>();
    const topics = new Map<string, { partition: number; fetchOffset: string; maxBytes: number }[]>();
    for (const buffer of buffers) {
      const position = this.#positions.get(buffer);
      if (position === undefined) continue;
      const key = `${buffer.partition} ${buffer.topic}`;
      const same = requested.get(key);
      if (same === undefined) requested.set(key, [{ buffer, position }]);
      else same.push({ buffer, position });
      const partitions = topics.get(buffer.topic) ?? [];
      partitions.push({
        partition: buffer.partition,
        fetchOffset: String(position),
        maxBytes: fetchMaxBytesPerPartition,
      });
      topics.set(buffer.topic, partitions);
    }
    const broker = await this.#cluster.findBroker({ nodeId });
    const request = {
      maxWaitMs: short ? Math.min(SHORT_WAIT_MS, fetchMaxWaitMs) : fetchMaxWaitMs,
      maxBytes: MAX_RESPONSE_BYTES,
      topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
    };
    const sentAt = sentNow();
    const answer = await fetchFrom(broker, request, this.#frameBuffers);
    if (answer.errorCode !== 0) throw new Error(`the broker answered a fetch with error ${answer.errorCode}`);
    const onRecycle = this.#memoryOwner(answer.partitions);
    for (const fetched of answer.partitions) {
      for (const { buffer, position } of requested.get(`${fetched.partition} ${fetched.topic}`) ?? []) {
        if (fetched.errorCode === OFFSET_OUT_OF_RANGE) await this.#resetPosition(buffer, position);
        else this.#deliver(buffer, position, fetched, sentAt, onRecycle);
      }
    }
  }

  /** To be called once for each partition; frees the response's memory, which they share, at the last call. */
  #memoryOwner(partitions: readonly FetchedPartition[]): () => void {
    const sharing = partitions.filter(({ records }) => records.length > 0);
    let left = sharing.length;
    return () => {
      left -= 1;
      if (left === 0) this.#frameBuffers.giveBack((sharing[0] as FetchedPartition).records.buffer);
    };
  }

  #deliver(
    buffer: PartitionBuffer,
    position: number,
    fetched: FetchedPartition,
    sentAt: SentAt,
    onRecycle: () => void,
  ): void {
    // Removed, or removed and added again at another offset, while the response was on its way.
    if (this.#positions.get(buffer) !== position) return;
    const { topic, partition, errorCode, highWatermark, lastStableOffset } = fetched;
    if (errorCode !== 0) throw new Error(`${topic}[${partition}] answered a fetch with error ${errorCode}`);
    const batch = readRecordBatches(fetched, position, onRecycle);
    this.#positions.set(buffer, batch.nextOffset);
    buffer.deliver(batch, highWatermark, lastStableOffset, sentAt);
  }

  async #resetPosition(buffer: PartitionBuffer, position: number): Promise<void> {
    const { topic, partition } = buffer;
    const { start } = await this.range(topic, partition);
    if (this.#positions.get(buffer) !== position) return;
    this.context.log.error(
      { topic, partition, position, start },
      'the position is no longer in the log: retention was shorter than the lag, or the topic was recreated; continuing at the first record',
    );
    this.#positions.set(buffer, start);
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

  #refresh(): Promise<void> {
    return refresh(this.#cluster, this.context.log);
  }
}
