import { createRequire } from 'node:module';
import { DUPLICATE_SEQUENCE_NUMBER } from './answers.js';
import { FlexibleReader, FlexibleWriter } from './flexible.js';
import type { PartsRequest } from './requests.js';
import type { TransactionVersion } from './transaction-requests.js';

const require = createRequire(import.meta.url);
const Encoder = require('kafkajs/src/protocol/encoder.js') as new (bytes: number) => KafkaEncoder;

interface KafkaEncoder {
  writeString(value: string | null): KafkaEncoder;
  writeInt16(value: number): KafkaEncoder;
  writeInt32(value: number): KafkaEncoder;
  readonly buffer: Buffer;
}

/** Record sets for one broker, by topic; one for a partition at most. */
export type ProduceData = ReadonlyMap<string, readonly { partition: number; records: Buffer }[]>;

/** What became of one record set. */
export interface ProduceAnswer {
  readonly topic: string;
  readonly partition: number;
  /** 0 also where the broker had the set already: its first response was lost. */
  readonly code: number;
  /** Offset of the first record; -1 where the broker no longer knows it. */
  readonly baseOffset: number;
  /** Records that the broker blames for the error, by their place in the set; empty where it names none. */
  readonly blamed: readonly BlamedRecord[];
}

export interface BlamedRecord {
  readonly index: number;
  readonly message: string;
}

const PRODUCE = { apiKey: 0, apiName: 'Produce', requestTimeoutMs: 30_000 } as const;
/** Version 8 (Kafka 2.4): the newest without flexible fields, and the first that says which records are at fault. */
const PLAIN_VERSION = 8;
/** Version 12 (Kafka 4.0): enlists the partitions that it writes to in the transaction (KIP-890). */
const ENLISTING_VERSION = 12;
/** Estimated bytes between two record sets; the encoder grows beyond it. */
const HEAD_BYTES = 128;
const ACKS_ALL = -1;

/** A Produce request for encoded record sets; without a transactional id, of a producer outside of transactions. */
export function produceRequest(
  transactionalId: string | null,
  data: ProduceData,
  version: TransactionVersion = 1,
): PartsRequest<ProduceAnswer[]> {
  return version === 2 ? enlistingRequest(transactionalId, data) : plainRequest(transactionalId, data);
}

/**
 * Layout (Kafka protocol guide, Produce): transactional_id, acks, timeout, topics with partitions,
 * each an int32 length and the record set. Response: topics with partition, error_code, base_offset,
 * log_append_time, log_start_offset, record errors with index and message, message; throttle_time.
 */
function plainRequest(transactionalId: string | null, data: ProduceData): PartsRequest<ProduceAnswer[]> {
  const parts: Buffer[] = [];
  let head = new Encoder(HEAD_BYTES)
    .writeString(transactionalId)
    .writeInt16(ACKS_ALL)
    .writeInt32(PRODUCE.requestTimeoutMs)
    .writeInt32(data.size);
  for (const [topic, partitions] of data) {
    head.writeString(topic).writeInt32(partitions.length);
    for (const { partition, records } of partitions) {
      parts.push(head.writeInt32(partition).writeInt32(records.length).buffer, records);
      head = new Encoder(HEAD_BYTES);
    }
  }
  return { ...PRODUCE, apiVersion: PLAIN_VERSION, flexible: false, parts, decode: readPlain };
}

function readPlain(payload: Buffer): ProduceAnswer[] {
  const answers: ProduceAnswer[] = [];
  let at = 4;
  for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
    const length = payload.readInt16BE(at);
    const topic = payload.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    const partitions = payload.readInt32BE(at);
    at += 4;
    for (let i = 0; i < partitions; i++) {
      const baseOffset = payload.readBigInt64BE(at + 6);
      const [partition, code] = [payload.readInt32BE(at), payload.readInt16BE(at + 4)];
      at += 4 + 2 + 8 + 8 + 8;
      const blamed: BlamedRecord[] = [];
      const nullable = () => {
        const bytes = Math.max(0, payload.readInt16BE(at));
        at += 2 + bytes;
        return payload.toString('utf8', at - bytes, at);
      };
      let errors = payload.readInt32BE(at);
      at += 4;
      for (; errors > 0; errors--) {
        const index = payload.readInt32BE(at);
        at += 4;
        blamed.push({ index, message: nullable() });
      }
      nullable();
      answers.push(answerOf({ topic, partition, code, baseOffset, blamed }));
    }
  }
  return answers;
}

/** The same with flexible fields. */
function enlistingRequest(transactionalId: string | null, data: ProduceData): PartsRequest<ProduceAnswer[]> {
  const parts: Buffer[] = [];
  const head = new FlexibleWriter().compactString(transactionalId).int16(ACKS_ALL);
  head.int32(PRODUCE.requestTimeoutMs).compactArray([...data], ([topic, partitions]) => {
    head.compactString(topic).compactArray(partitions, ({ partition, records }) => {
      parts.push(head.int32(partition).compactBytesLength(records.length).take(), records);
      head.noTags();
    });
    head.noTags();
  });
  parts.push(head.noTags().take());
  return { ...PRODUCE, apiVersion: ENLISTING_VERSION, flexible: true, parts, decode: readEnlisting };
}

function readEnlisting(payload: Buffer): ProduceAnswer[] {
  const reader = new FlexibleReader(payload);
  reader.tags();
  const answers = reader.compactArray(() => {
    const topic = reader.compactString() ?? '';
    const partitions = reader.compactArray(() => {
      const [partition, code, baseOffset] = [reader.int32(), reader.int16(), reader.int64()];
      reader.int64();
      reader.int64();
      const blamed = reader.compactArray(() => {
        const record = { index: reader.int32(), message: reader.compactString() ?? '' };
        reader.tags();
        return record;
      });
      reader.compactString();
      reader.tags();
      return answerOf({ topic, partition, code, baseOffset, blamed });
    });
    reader.tags();
    return partitions;
  });
  return answers.flat();
}

function answerOf({
  code,
  baseOffset,
  ...rest
}: Omit<ProduceAnswer, 'baseOffset'> & { baseOffset: bigint }): ProduceAnswer {
  const known = code === DUPLICATE_SEQUENCE_NUMBER;
  return { ...rest, code: known ? 0 : code, baseOffset: known ? -1 : Number(baseOffset) };
}
