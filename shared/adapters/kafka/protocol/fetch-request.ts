import { type FetchResponse, readFetchResponse } from './fetch-response.js';
import { FlexibleWriter } from './flexible.js';
import type { PartsRequest } from './requests.js';

export interface FetchPartition {
  readonly topic: string;
  /** Of the log that is read, not of another one of the same name; null where it is not known. */
  readonly topicId: string | null;
  readonly partition: number;
  /** Epoch of the leader that is asked: one that no longer leads refuses, or one that does not yet. */
  readonly leaderEpoch: number;
  readonly offset: number;
}

export interface FetchOptions {
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxBytesPerPartition: number;
}

/** Version 13 (Kafka 3.1 and later) names topics by their ids, version 12 (Kafka 2.7) by name. */
export type FetchVersion = 12 | 13;

export const FETCH_API_KEY = 1;
const NETWORK_ALLOWANCE_MS = 10_000;
const CONSUMER = -1;
const READ_COMMITTED = 1;
const NO_SESSION = 0;
const FULL_FETCH = -1;
/** Only followers say what they have. */
const UNKNOWN_EPOCH = -1;
const UNKNOWN_OFFSET = -1n;

/**
 * A read_committed Fetch of partitions that one broker leads, each at most once: a broker would answer for one of
 * several.
 *
 * @param version 13 only where all ids are known
 */
export function fetchRequest(
  partitions: readonly FetchPartition[],
  { maxWaitMs, maxBytes, maxBytesPerPartition }: FetchOptions,
  version: FetchVersion,
): PartsRequest<FetchResponse> {
  const topics = Map.groupBy(partitions, ({ topic, topicId }) => (version === 12 ? topic : (topicId ?? '')));
  const body = new FlexibleWriter().int32(CONSUMER).int32(maxWaitMs).int32(1).int32(maxBytes);
  body.int8(READ_COMMITTED).int32(NO_SESSION).int32(FULL_FETCH);
  body.compactArray([...topics], ([topic, same]) => {
    if (version === 12) body.compactString(topic);
    else body.uuid(topic);
    body.compactArray(same, ({ partition, leaderEpoch, offset }) => {
      body.int32(partition).int32(leaderEpoch).int64(BigInt(offset)).int32(UNKNOWN_EPOCH);
      body.int64(UNKNOWN_OFFSET).int32(maxBytesPerPartition).noTags();
    });
    body.noTags();
  });
  // Nothing forgotten, no rack.
  body
    .compactArray([], () => {})
    .compactString('')
    .noTags();
  const names = new Map(partitions.map(({ topic, topicId }) => [topicId, topic]));
  return {
    ...{ apiName: 'Fetch', apiKey: FETCH_API_KEY, apiVersion: version, flexible: true },
    requestTimeoutMs: maxWaitMs + NETWORK_ALLOWANCE_MS,
    parts: [body.take()],
    decode: (payload) => readFetchResponse(payload, version, names),
  };
}
