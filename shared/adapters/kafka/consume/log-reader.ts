import type { Kafka } from 'kafkajs';
import { messageOf } from '../../../core/errors.js';
import { backoffMs } from '../../../core/retry.js';
import type { Feed, LogSource } from '../../../ports/log.js';
import type { WorkerContext } from '../../../process/context.js';
import { sleep } from '../../../process/wait.js';
import { kafkaError } from '../client.js';
import { type InternalCluster, openCluster } from '../internals.js';
import type { FetchedPartition } from '../protocol/fetch-response.js';
import { FrameBuffers } from '../protocol/frame-buffers.js';
import { readRecordBatches } from '../protocol/record-batches.js';
import { fetchFrom } from './fetch.js';

const OFFSET_OUT_OF_RANGE = 1;
/** While a full buffer keeps a partition out of a fetch, the others don't hold the answer long. */
const SHORT_WAIT_MS = 5;
const MAX_RESPONSE_BYTES = 33_554_432;

/**
 * Reads partitions from their leaders under read_committed, one fetch at a time per broker.
 *
 * kafkajs keeps metadata and connections; the answers are read by `protocol/`. Errors of servers
 * are waited out with back-off while readiness is off; a feed's position only moves when its
 * records were delivered.
 */
export class LogReader implements LogSource {
  readonly #cluster: InternalCluster;
  readonly #positions = new Map<Feed, number>();
  readonly #loops = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  readonly #wakers = new Set<() => void>();
  readonly #buffers = new FrameBuffers();

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

  add(feed: Feed, offset: number): void {
    this.#positions.set(feed, offset);
    void this.#follow(feed);
  }

  remove(feed: Feed): void {
    this.#positions.delete(feed);
  }

  wake(): void {
    for (const waker of this.#wakers) waker();
  }

  async range(topic: string, partition: number): Promise<{ start: number; end: number }> {
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

  async close(): Promise<void> {
    this.#closing.abort();
    this.#positions.clear();
    this.wake();
    await Promise.allSettled(this.#loops.values());
    await this.#cluster.disconnect();
  }

  /** Makes sure that a loop reads from the feed's leader; tries until there is one. */
  async #follow(feed: Feed): Promise<void> {
    for (let failures = 0; this.#positions.has(feed) && !this.#closing.signal.aborted; failures++) {
      try {
        await this.#cluster.addMultipleTargetTopics([feed.topic]);
        const leader = this.#leaderOf(feed);
        if (leader !== undefined) {
          this.#ensureLoop(leader);
          return;
        }
      } catch (error) {
        this.context.log.debug({ error, topic: feed.topic }, 'looking for the leader of a partition');
      }
      await sleep(backoffMs(failures, Math.random()), this.#closing.signal);
      await this.#refresh();
    }
  }

  #leaderOf(feed: Feed): string | undefined {
    return Object.keys(this.#cluster.findLeaderForPartitions(feed.topic, [feed.partition]))[0];
  }

  #ensureLoop(nodeId: string): void {
    if (this.#loops.has(nodeId)) {
      this.wake();
      return;
    }
    const loop = this.#read(nodeId).finally(() => {
      this.#loops.delete(nodeId);
      // Feeds that moved to another leader, or came while the loop ended, find their new one.
      for (const feed of this.#positions.keys()) void this.#follow(feed);
    });
    this.#loops.set(nodeId, loop);
  }

  async #read(nodeId: string): Promise<void> {
    const key = `kafka broker ${nodeId}`;
    const { log, health } = this.context;
    for (let failures = 0; !this.#closing.signal.aborted; ) {
      try {
        const feeds = [...this.#positions.keys()].filter((feed) => this.#leaderOf(feed) === nodeId);
        if (feeds.length === 0) break;
        const wanting = feeds.filter((feed) => feed.wants());
        if (wanting.length === 0) await this.#woken();
        else await this.#fetchOnce(nodeId, wanting, wanting.length < feeds.length);
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

  async #fetchOnce(nodeId: string, feeds: Feed[], short: boolean): Promise<void> {
    const { fetchMaxWaitMs, fetchMaxBytesPerPartition } = this.context.config.kafka;
    await this.#cluster.refreshMetadataIfNecessary();
    const asked = new Map<Feed, number>();
    const topics = new Map<string, { partition: number; fetchOffset: string; maxBytes: number }[]>();
    for (const feed of feeds) {
      const position = this.#positions.get(feed);
      if (position === undefined) continue;
      asked.set(feed, position);
      const partitions = topics.get(feed.topic) ?? [];
      partitions.push({
        partition: feed.partition,
        fetchOffset: String(position),
        maxBytes: fetchMaxBytesPerPartition,
      });
      topics.set(feed.topic, partitions);
    }
    const broker = await this.#cluster.findBroker({ nodeId });
    const request = {
      maxWaitMs: short ? Math.min(SHORT_WAIT_MS, fetchMaxWaitMs) : fetchMaxWaitMs,
      maxBytes: MAX_RESPONSE_BYTES,
      topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
    };
    const answer = await fetchFrom(broker, request, this.#buffers);
    if (answer.errorCode !== 0) throw new Error(`the broker answered a fetch with error ${answer.errorCode}`);
    const onRecycle = this.#sharers(answer.partitions);
    for (const fetched of answer.partitions) {
      for (const [feed, position] of asked) {
        if (feed.topic !== fetched.topic || feed.partition !== fetched.partition) continue;
        if (fetched.errorCode === OFFSET_OUT_OF_RANGE) await this.#startAnew(feed, position);
        else this.#hand(feed, position, fetched, onRecycle);
      }
    }
  }

  /** Gives back the memory that partitions share when the last one of them says that it is done with it. */
  #sharers(partitions: readonly FetchedPartition[]): () => void {
    const sharing = partitions.filter(({ records }) => records.length > 0);
    let left = sharing.length;
    return () => {
      left -= 1;
      if (left === 0) this.#buffers.giveBack((sharing[0] as FetchedPartition).records.buffer);
    };
  }

  #hand(feed: Feed, position: number, fetched: FetchedPartition, onRecycle: () => void): void {
    // Taken away, or taken away and added again elsewhere, while the answer was under way.
    if (this.#positions.get(feed) !== position) return;
    const { topic, partition, errorCode, highWatermark, lastStableOffset } = fetched;
    if (errorCode !== 0) throw new Error(`${topic}[${partition}] answered a fetch with error ${errorCode}`);
    const batch = readRecordBatches(fetched, position, onRecycle);
    this.#positions.set(feed, batch.nextOffset);
    feed.deliver(batch, highWatermark, lastStableOffset);
  }

  async #startAnew(feed: Feed, position: number): Promise<void> {
    const { topic, partition } = feed;
    const { start } = await this.range(topic, partition);
    if (this.#positions.get(feed) !== position) return;
    this.context.log.error(
      { topic, partition, position, start },
      'the position is not in the log any more: retention was shorter than the lag, or the topic was made anew; going on at the first record',
    );
    this.#positions.set(feed, start);
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      const waker = () => {
        clearTimeout(timer);
        this.#wakers.delete(waker);
        resolve();
      };
      // The time-out only guards against a wake-up between the check and this line.
      const timer = setTimeout(waker, 100);
      this.#wakers.add(waker);
    });
  }

  async #refresh(): Promise<void> {
    try {
      if (!this.#cluster.isConnected()) await this.#cluster.connect();
      await this.#cluster.refreshMetadata();
    } catch (error) {
      this.context.log.debug({ error }, 'metadata not to be had; the next attempt will ask again');
    }
  }
}
