import { requireSuccess } from './answers.js';
import { FlexibleWriter } from './flexible.js';
import { flexibleRequests, type PartsRequest } from './requests.js';

/** The producer that a transactional request is from; the broker rejects older epochs. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly epoch: number;
}

/**
 * Which protocol a transaction follows. 1: partitions are enlisted before they are written to. 2 (KIP-890):
 * writing enlists, and each transaction has an epoch of its own.
 */
export type TransactionVersion = 1 | 2;

/** An input offset to be committed. */
export interface TransactionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

const TIMEOUT_MS = 30_000;
const NO_PRODUCER: ProducerIdentity = { producerId: -1n, epoch: -1 };
const NO_LEADER_EPOCH = -1;

const request = flexibleRequests(TIMEOUT_MS);

/**
 * Begins a new epoch of a transactional id; the broker aborts a transaction of an earlier one. Without one, gives a
 * producer id for idempotent writing outside of transactions, which any broker does.
 */
export function initProducerId(
  version: TransactionVersion,
  transactionalId: string | null,
  timeoutMs: number,
): PartsRequest<ProducerIdentity> {
  const body = new FlexibleWriter().compactString(transactionalId).int32(timeoutMs);
  body.int64(NO_PRODUCER.producerId).int16(NO_PRODUCER.epoch).noTags();
  return request('InitProducerId', 22, version === 2 ? 5 : 4, body, (reader) => {
    reader.int32();
    requireSuccess(
      reader.int16(),
      transactionalId === null
        ? 'asking for a producer id'
        : `initialising the transactional id ${transactionalId}`,
    );
    return { producerId: reader.int64(), epoch: reader.int16() };
  });
}

/** Enlists output partitions. Only before version 2. */
export function addPartitionsToTxn(
  transactionalId: string,
  { producerId, epoch }: ProducerIdentity,
  topics: ReadonlyMap<string, readonly number[]>,
): PartsRequest<void> {
  const body = new FlexibleWriter().compactString(transactionalId).int64(producerId).int16(epoch);
  body.compactArray([...topics], ([topic, partitions]) => {
    body.compactString(topic).compactArray(partitions, (partition) => void body.int32(partition));
    body.noTags();
  });
  return request('AddPartitionsToTxn', 24, 3, body.noTags(), (reader) => {
    reader.int32();
    const codes: { code: number; doing: string }[] = [];
    reader.compactArray(() => {
      const topic = reader.compactString();
      reader.compactArray(() => {
        const doing = `adding ${topic}[${reader.int32()}] to the transaction`;
        codes.push({ code: reader.int16(), doing });
        reader.tags();
      });
      reader.tags();
    });
    requireAll(codes);
  });
}

/** Where one partition is refused, the broker answers for the others that it has not tried them. */
const OPERATION_NOT_ATTEMPTED = 55;

function requireAll(codes: readonly { code: number; doing: string }[]): void {
  const failed = codes.filter(({ code }) => code !== 0);
  const cause = failed.find(({ code }) => code !== OPERATION_NOT_ATTEMPTED) ?? failed[0];
  if (cause !== undefined) requireSuccess(cause.code, cause.doing);
}

/** Enlists the group's offsets. Only before version 2. */
export function addOffsetsToTxn(
  transactionalId: string,
  { producerId, epoch }: ProducerIdentity,
  groupId: string,
): PartsRequest<void> {
  const body = new FlexibleWriter().compactString(transactionalId).int64(producerId).int16(epoch);
  return request('AddOffsetsToTxn', 25, 3, body.compactString(groupId).noTags(), (reader) => {
    reader.int32();
    requireSuccess(reader.int16(), `adding the offsets of ${groupId} to the transaction`);
  });
}

/** Writes offsets into the transaction; refused when the member or its generation is not the group's (KIP-447). */
export function txnOffsetCommit(
  version: TransactionVersion,
  transactionalId: string,
  { producerId, epoch }: ProducerIdentity,
  group: { readonly groupId: string; readonly memberId: string; readonly generationId: number },
  offsets: readonly TransactionOffset[],
): PartsRequest<void> {
  const topics = new Map<string, TransactionOffset[]>();
  for (const offset of offsets) {
    const same = topics.get(offset.topic);
    if (same === undefined) topics.set(offset.topic, [offset]);
    else same.push(offset);
  }
  const body = new FlexibleWriter().compactString(transactionalId).compactString(group.groupId);
  body.int64(producerId).int16(epoch).int32(group.generationId).compactString(group.memberId);
  body.compactString(null); // no static membership
  body.compactArray([...topics], ([topic, partitions]) => {
    body.compactString(topic).compactArray(partitions, ({ partition, offset, metadata }) => {
      body.int32(partition).int64(BigInt(offset)).int32(NO_LEADER_EPOCH).compactString(metadata).noTags();
    });
    body.noTags();
  });
  return request('TxnOffsetCommit', 28, version === 2 ? 5 : 3, body.noTags(), (reader) => {
    reader.int32();
    reader.compactArray(() => {
      const topic = reader.compactString();
      reader.compactArray(() => {
        const partition = reader.int32();
        requireSuccess(reader.int16(), `committing the offset of ${topic}[${partition}]`);
        reader.tags();
      });
      reader.tags();
    });
  });
}

/** Ends the transaction. Version 2 answers with the identity of the next one, version 1 with null. */
export function endTxn(
  version: TransactionVersion,
  transactionalId: string,
  { producerId, epoch }: ProducerIdentity,
  commit: boolean,
): PartsRequest<ProducerIdentity | null> {
  const body = new FlexibleWriter().compactString(transactionalId).int64(producerId).int16(epoch);
  return request('EndTxn', 26, version === 2 ? 5 : 3, body.boolean(commit).noTags(), (reader) => {
    reader.int32();
    requireSuccess(reader.int16(), `${commit ? 'committing' : 'aborting'} a transaction`);
    return version === 2 ? { producerId: reader.int64(), epoch: reader.int16() } : null;
  });
}
