import type { Logger } from '../../../process/logger.js';
import { sleep, within } from '../../../process/wait.js';
import { kafkaError } from '../client.js';
import { partitionsOf, refresh, refreshIfOld } from '../cluster-metadata.js';
import type { InternalBroker, InternalCluster } from '../internals.js';
import { AnswerError } from '../protocol/answers.js';
import type { PartsRequest } from '../protocol/requests.js';
import { sendParts } from '../send-parts.js';

/** Writing the markers of the previous transaction takes a few milliseconds. */
const RETRY_MS = 3;
const RETRY_CAP_MS = 250;

/** A broker that does not answer for so long may stand still, and another may be responsible meanwhile. */
const ATTEMPT_MS = 3_000;

/** Whom a request goes to: the coordinator of a group, or that of a transactional id. */
export interface Coordinator {
  readonly of: 'group' | 'transaction';
  readonly id: string;
}

/** Waits between attempts of one request, until its time is over. */
export class Patience {
  #attempt = 0;

  /** @param deadline as `performance.now()` gives it */
  constructor(readonly deadline: number) {}

  /** For one attempt. */
  get attemptMs(): number {
    return Math.max(1, Math.min(ATTEMPT_MS, this.deadline - performance.now()));
  }

  /** @throws the error when the time is over */
  async wait(error: unknown, doing: string): Promise<void> {
    const ms = Math.min(RETRY_CAP_MS, RETRY_MS * 2 ** Math.min(this.#attempt++, 8));
    if (performance.now() + ms > this.deadline) throw kafkaError(error, doing);
    await sleep(ms);
  }
}

/**
 * Sends requests to the brokers that are responsible for them, and repeats the same bytes while an error passes
 * by itself.
 */
export class Brokers {
  readonly #coordinators = new Map<string, InternalBroker>();
  #turn = 0;
  /** How many requests were sent whose answer never came. */
  unanswered = 0;

  constructor(
    readonly cluster: InternalCluster,
    private readonly log: Logger,
  ) {}

  async connect(): Promise<void> {
    try {
      await this.cluster.connect();
      await this.cluster.refreshMetadata();
    } catch (error) {
      throw kafkaError(error, 'connecting to Kafka');
    }
  }

  /** Number of partitions of a physical topic. */
  async partitions(topic: string): Promise<number> {
    try {
      return (await partitionsOf(this.cluster, topic)).length;
    } catch (error) {
      await this.refresh();
      throw kafkaError(error, `asking for the partitions of ${topic}`);
    }
  }

  /**
   * @throws AnswerError for an answer that does not pass by itself; TactusError `TACTUS_KAFKA_UNAVAILABLE` when
   *   there was no other by the deadline
   */
  async ask<T>(to: Coordinator, request: PartsRequest<T>, deadline: number): Promise<T> {
    const patience = new Patience(deadline);
    const key = `${to.of} ${to.id}`;
    for (;;) {
      try {
        const broker = this.#coordinators.get(key) ?? (await this.#find(to, patience.attemptMs));
        this.#coordinators.set(key, broker);
        return await this.send(broker, request, patience.attemptMs);
      } catch (error) {
        if (error instanceof AnswerError && error.remedy !== 'again') {
          this.#coordinators.delete(key);
          if (error.remedy !== 'moved') throw error;
        } else if (!(error instanceof AnswerError)) {
          this.#coordinators.delete(key);
          await this.refresh();
        }
        await patience.wait(error, request.apiName);
      }
    }
  }

  /** As {@link ask}, of any broker: one after the other. */
  async askAny<T>(request: PartsRequest<T>, deadline: number): Promise<T> {
    const patience = new Patience(deadline);
    for (;;) {
      try {
        const nodes = this.cluster.getNodeIds();
        const nodeId = nodes[this.#turn++ % nodes.length];
        if (nodeId === undefined) throw new Error('no broker is known');
        const broker = await this.cluster.findBroker({ nodeId });
        return await this.send(broker, request, patience.attemptMs);
      } catch (error) {
        if (error instanceof AnswerError && error.remedy !== 'again' && error.remedy !== 'moved') throw error;
        if (!(error instanceof AnswerError)) await this.refresh();
        await patience.wait(error, request.apiName);
      }
    }
  }

  /** One attempt; counts what stays unanswered. */
  async send<T>(broker: InternalBroker, request: PartsRequest<T>, silentMs: number): Promise<T> {
    try {
      return await sendParts(broker, request, silentMs);
    } catch (error) {
      if (!(error instanceof AnswerError)) this.unanswered += 1;
      throw error;
    }
  }

  /** Learns anew which brokers there are and who leads; never fails. */
  async refresh(): Promise<void> {
    await refresh(this.cluster, this.log);
  }

  /** As {@link refresh}, where what is known is old. */
  async refreshIfOld(): Promise<void> {
    await refreshIfOld(this.cluster, this.log);
  }

  async #find({ of, id }: Coordinator, ms: number): Promise<InternalBroker> {
    const coordinatorType = of === 'group' ? 0 : 1;
    const looking = this.cluster.findGroupCoordinator({ groupId: id, coordinatorType });
    return await within(looking, ms, () => new Error(`nobody named the coordinator of the ${of} ${id}`));
  }
}

/** Asks every broker; who does not answer is passed over. */
export async function askAll<T>(
  brokers: Pick<Brokers, 'cluster' | 'send'>,
  request: () => PartsRequest<T>,
  silentMs: number,
): Promise<T[]> {
  const answers = await Promise.allSettled(
    brokers.cluster.getNodeIds().map(async (nodeId) => {
      const broker = await brokers.cluster.findBroker({ nodeId });
      return await brokers.send(broker, request(), silentMs);
    }),
  );
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}
