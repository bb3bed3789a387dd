import type { Millis } from '../../../core/clock.js';
import { partitionKey } from '../../../core/partition-key.js';
import type { Logger } from '../../../process/logger.js';
import { sentNow } from '../../../process/sent-at.js';
import type { Leader } from '../cluster-metadata.js';
import type { LogOffsets } from '../log-offsets.js';
import type { Reading } from './reading.js';

/** Between two questions to a broker. */
const EVERY_MS: Millis = 250;

/** A partition of a broker, with what is known of its leader at the moment. */
export interface Led {
  readonly reading: Reading;
  readonly leader: Leader;
}

/**
 * Asks leaders with followers where their logs end.
 *
 * A fetch gives out what all in-sync replicas have. While one of them is gone and not yet missed, which takes as long as the
 * cluster gives a broker, records that have arrived stay back, and a log that seems to be read to its end is not: its stream time
 * must not go on with the wall clock past their arrival.
 */
export class LogEnds {
  readonly #asking = new Set<string>();
  readonly #askedAt = new Map<string, number>();

  constructor(
    private readonly offsets: LogOffsets,
    private readonly log: Logger,
  ) {}

  /** Asks if it is time to. Never fails: without an answer the end is not known. */
  async ask(nodeId: string, led: readonly Led[]): Promise<void> {
    const due = (this.#askedAt.get(nodeId) ?? Number.NEGATIVE_INFINITY) + EVERY_MS;
    if (this.#asking.has(nodeId) || performance.now() < due) return;
    this.#askedAt.set(nodeId, performance.now());
    const replicated = led.filter(({ leader }) => leader.replicated);
    if (replicated.length === 0) return;
    this.#asking.add(nodeId);
    try {
      const sentAt = sentNow();
      const readings = new Map(replicated.map(({ reading }) => [reading.key, reading]));
      const asked = replicated.map(({ reading: { buffer }, leader: { epoch } }) => {
        return { topic: buffer.topic, partition: buffer.partition, leaderEpoch: epoch };
      });
      for (const answer of await this.offsets.appended(nodeId, asked)) {
        const reading = readings.get(partitionKey(answer));
        if (reading !== undefined && answer.code === 0) reading.end = { offset: answer.offset, sentAt };
      }
    } catch (error) {
      this.log.debug({ error, nodeId }, 'asking for the ends of logs failed; the next fetch asks again');
    } finally {
      this.#asking.delete(nodeId);
    }
  }
}
