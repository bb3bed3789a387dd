import type { Millis } from '../../../shared/core/clock.js';
import { partitionKey } from '../../../shared/core/partition-key.js';

/** A record whose time of arrival is wanted. */
export interface WantedRecord {
  /** Physical topic. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** It did not come before that; null where nothing is known. */
  readonly notBefore: Millis | null;
}

/** The first record of each partition that came at a time or later, by {@link partitionKey}; its offset is -1 where none did. */
export type AskRecordsAt = (
  places: readonly { readonly topic: string; readonly partition: number; readonly time: Millis }[],
) => Promise<ReadonlyMap<string, { readonly offset: number; readonly timestamp: Millis }>>;

const FIRST_STEP_MS: Millis = 1_000;
const STEP_FACTOR = 4;
/** The time is known as exactly as that, or as this share of how long ago it is. */
const EXACT_MS: Millis = 500;
const EXACT_SHARE = 0.02;
/** Enough for a hundred years ago. */
const MOST_ROUNDS = 32;

interface Search {
  readonly wanted: WantedRecord;
  /** It did not come before that. */
  low: Millis | null;
  /** It came before that, or then. */
  high: Millis;
  step: Millis;
}

/**
 * When records came to their logs, by the key of their partition: not later than they did, and earlier by at most half
 * a second or 2 % of their age. No record is read, since the right to describe a topic gives none to read it: the log
 * is asked what came from some time on, first a second ago, then farther back until that was before the record, and
 * then between the two. Each round is one question about all partitions.
 */
export async function appendTimes(
  wanted: readonly WantedRecord[],
  now: Millis,
  ask: AskRecordsAt,
): Promise<ReadonlyMap<string, Millis>> {
  const found = new Map<string, Millis>();
  let open = wanted.map(
    (one): Search => ({ wanted: one, low: one.notBefore, high: now, step: FIRST_STEP_MS }),
  );
  for (let round = 0; open.length > 0 && round < MOST_ROUNDS; round += 1) {
    const times = open.map(timeOf);
    const answers = await ask(
      open.map(({ wanted: { topic, partition } }, i) => ({ topic, partition, time: times[i] as Millis })),
    );
    open = open.filter((search, i) => {
      const { topic, partition, offset } = search.wanted;
      const key = partitionKey({ topic, partition });
      const first = answers.get(key);
      if (first === undefined) return false;
      if (first.offset === offset) search.low = search.high = first.timestamp;
      else if (first.offset >= 0 && first.offset < offset) search.low = first.timestamp;
      else search.high = times[i] as Millis;
      const { low, high } = search;
      if (low === null) return true;
      found.set(key, low);
      return high - low > Math.max(EXACT_MS, EXACT_SHARE * (now - low));
    });
  }
  return found;
}

function timeOf(search: Search): Millis {
  const { low, high, step } = search;
  if (low !== null) return low + Math.ceil((high - low) / 2);
  search.step = step * STEP_FACTOR;
  return high - step;
}
