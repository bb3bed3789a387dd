import type { Millis } from '../../../core/clock.js';
import { type FlexibleReader, FlexibleWriter } from './flexible.js';
import { flexibleRequests, type PartsRequest } from './requests.js';

/** A partition, and the epoch of the leader that is asked: another one refuses. */
export interface AskedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly leaderEpoch: number;
}

/** What the leader of a partition answers; with another code than 0 the offset means nothing. */
export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly code: number;
  readonly offset: number;
}

/** What a partition had when, by the times of its records. */
export interface TimedOffset extends PartitionOffset {
  /** Of the record; -1 where there is none. */
  readonly timestamp: Millis;
}

export const EARLIEST = -2n;
export const LATEST = -1n;

const TIMEOUT_MS = 30_000;
const CONSUMER = -1;
/** Kafka's "debugging consumer", which may ask for the end of a log as a follower sees it; no right but Describe is needed. */
const OBSERVER = -2;
/** The end includes records of open transactions. */
const READ_UNCOMMITTED = 0;

/**
 * Where logs begin, or end (ListOffsets version 6, Kafka 2.8 and later). A leader that was just elected answers
 * OFFSET_NOT_AVAILABLE until it knows of everything that its predecessors have acknowledged (KIP-207).
 *
 * @param appended LATEST is where the next record will be written, and not that which consumers may read up to
 */
export function listOffsets(
  partitions: readonly AskedPartition[],
  time: typeof EARLIEST | typeof LATEST,
  appended = false,
): PartsRequest<TimedOffset[]> {
  const body = new FlexibleWriter().int32(appended ? OBSERVER : CONSUMER).int8(READ_UNCOMMITTED);
  writeTopics(body, partitions, ({ partition, leaderEpoch }) => {
    body.int32(partition).int32(leaderEpoch).int64(time).noTags();
  });
  return request('ListOffsets', 2, 6, body, readOffset);
}

/**
 * The first record of each partition that is from a time or later (ListOffsets version 6); the offset is -1 where there
 * is none.
 */
export function offsetsAt(
  partitions: readonly (AskedPartition & { readonly time: Millis })[],
): PartsRequest<TimedOffset[]> {
  const body = new FlexibleWriter().int32(CONSUMER).int8(READ_UNCOMMITTED);
  writeTopics(body, partitions, ({ partition, leaderEpoch, time }) => {
    body
      .int32(partition)
      .int32(leaderEpoch)
      .int64(BigInt(Math.trunc(time)))
      .noTags();
  });
  return request('ListOffsets', 2, 6, body, readOffset);
}

/**
 * Where the records of leader epochs end in the logs of leaders (OffsetForLeaderEpoch version 4, Kafka 2.8 and
 * later): -1 where the leader does not know. A reader that has read further has read what the log has lost (KIP-320).
 */
export function epochEnds(
  partitions: readonly (AskedPartition & { readonly epoch: number })[],
): PartsRequest<PartitionOffset[]> {
  const body = new FlexibleWriter().int32(CONSUMER);
  writeTopics(body, partitions, ({ partition, leaderEpoch, epoch }) => {
    body.int32(partition).int32(leaderEpoch).int32(epoch).noTags();
  });
  return request('OffsetForLeaderEpoch', 23, 4, body, (reader) => {
    const code = reader.int16();
    const partition = reader.int32();
    reader.int32();
    return { partition, code, offset: Number(reader.int64()) };
  });
}

function readOffset(reader: FlexibleReader): Omit<TimedOffset, 'topic'> {
  const partition = reader.int32();
  const code = reader.int16();
  const timestamp = Number(reader.int64());
  const offset = Number(reader.int64());
  reader.int32();
  return { partition, code, timestamp, offset };
}

function writeTopics<T extends AskedPartition>(
  body: FlexibleWriter,
  partitions: readonly T[],
  write: (partition: T) => void,
): void {
  const topics = Map.groupBy(partitions, ({ topic }) => topic);
  body.compactArray([...topics], ([topic, same]) => {
    body.compactString(topic).compactArray(same, write).noTags();
  });
  body.noTags();
}

function request<T extends PartitionOffset>(
  apiName: string,
  apiKey: number,
  apiVersion: number,
  body: FlexibleWriter,
  read: (reader: FlexibleReader) => Omit<T, 'topic'>,
): PartsRequest<T[]> {
  return flexibleRequests(TIMEOUT_MS)(apiName, apiKey, apiVersion, body, (reader) => {
    reader.int32();
    const found = reader.compactArray(() => {
      const topic = reader.compactString() ?? '';
      const partitions = reader.compactArray(() => {
        const partition = read(reader);
        reader.tags();
        return { topic, ...partition } as T;
      });
      reader.tags();
      return partitions;
    });
    return found.flat();
  });
}
