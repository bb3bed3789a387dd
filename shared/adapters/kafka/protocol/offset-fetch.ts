import { requireSuccess } from './answers.js';
import { type FlexibleReader, FlexibleWriter } from './flexible.js';
import { flexibleRequests, type PartsRequest } from './requests.js';

/** What the group has committed for a partition. */
export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  /** 0, or the error code of this partition; the rest means nothing then. */
  readonly code: number;
  /** -1 for none. */
  readonly offset: number;
  readonly metadata: string;
}

const TIMEOUT_MS = 30_000;

/**
 * The committed offsets of partitions (OffsetFetch version 7, Kafka 2.5 and later).
 *
 * @param stable refuses partitions, by UNSTABLE_OFFSET_COMMIT, for which a transaction is still open (KIP-447)
 */
export function offsetFetch(
  groupId: string,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
  stable: boolean,
): PartsRequest<CommittedOffset[]> {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) {
    const same = topics.get(topic);
    if (same === undefined) topics.set(topic, [partition]);
    else same.push(partition);
  }
  const body = new FlexibleWriter().compactString(groupId);
  body.compactArray([...topics], ([topic, numbers]) => {
    body.compactString(topic).compactArray(numbers, (number) => void body.int32(number));
    body.noTags();
  });
  body.boolean(stable).noTags();
  return flexibleRequests(TIMEOUT_MS)('OffsetFetch', 9, 7, body, (reader) => read(reader, groupId));
}

function read(reader: FlexibleReader, groupId: string): CommittedOffset[] {
  reader.int32();
  const found = reader.compactArray(() => {
    const topic = reader.compactString() ?? '';
    const partitions = reader.compactArray(() => {
      const partition = reader.int32();
      const offset = Number(reader.int64());
      reader.int32();
      const metadata = reader.compactString() ?? '';
      const code = reader.int16();
      reader.tags();
      return { topic, partition, code, offset, metadata };
    });
    reader.tags();
    return partitions;
  });
  requireSuccess(reader.int16(), `asking for the committed offsets of ${groupId}`);
  return found.flat();
}
