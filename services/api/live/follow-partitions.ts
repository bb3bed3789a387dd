import type { Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { LogSource } from '../../../shared/ports/log.js';
import { sleep } from '../../../shared/process/wait.js';

/** How often it is asked how many partitions there are. */
export const ASK_PARTITIONS_EACH_MS: Millis = 3_000;

export interface FollowPartitionsOptions {
  readonly reader: Pick<LogSource, 'partitions'>;
  /** Physical topic. */
  readonly topic: string;
  /** The partitions that there are now, and where each is read from. */
  readonly known: ReadonlyMap<number, number>;
  /** A partition is to be read from an offset on, until `signal` aborts: one that has come since is new from its beginning. */
  readonly begin: (partition: number, offset: number, signal: AbortSignal) => void;
  readonly signal: AbortSignal;
  readonly eachMs?: Millis;
}

/**
 * Begins with the partitions of a topic that are known, and with those that it gets later; ends with those that a topic does not have
 * any more that was made anew with fewer. Resolves when `signal` aborts; never fails: while Kafka is away there is nothing new.
 */
export async function followPartitions(options: FollowPartitionsOptions): Promise<void> {
  const { known, begin, signal, eachMs = ASK_PARTITIONS_EACH_MS } = options;
  const read = new Map<number, AbortController>();
  const beginAt = (partition: number, offset: number) => {
    const ended = new AbortController();
    read.set(partition, ended);
    begin(partition, offset, AbortSignal.any([signal, ended.signal]));
  };
  for (const [partition, offset] of known) beginAt(partition, offset);
  for (let missing = 0; !signal.aborted; ) {
    await sleep(eachMs, signal);
    const count = signal.aborted ? null : await countOf(options, read.size + 1);
    if (count === null) continue;
    for (let partition = 0; partition < count; partition++) if (!read.has(partition)) beginAt(partition, 0);
    // A broker that has not heard yet of the newest ones may be the one that has answered: twice in a row they are gone.
    const gone = [...read.keys()].filter((partition) => partition >= count);
    missing = gone.length === 0 ? 0 : missing + 1;
    if (missing < 2) continue;
    for (const partition of gone) {
      read.get(partition)?.abort();
      read.delete(partition);
    }
  }
}

/** @param least asks the cluster anew, since no more are known */
async function countOf({ reader, topic }: FollowPartitionsOptions, least: number): Promise<number | null> {
  try {
    return await reader.partitions(topic, least);
  } catch (error) {
    if (error instanceof TactusError) return null;
    throw error;
  }
}
