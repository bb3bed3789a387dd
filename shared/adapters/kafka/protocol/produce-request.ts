import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const Encoder = require('kafkajs/src/protocol/encoder.js') as new (bytes: number) => KafkaEncoder;
const { createErrorFromCode } = require('kafkajs/src/protocol/error.js') as {
  createErrorFromCode(code: number): Error;
};

interface KafkaEncoder {
  writeString(value: string | null): KafkaEncoder;
  writeInt16(value: number): KafkaEncoder;
  writeInt32(value: number): KafkaEncoder;
  readonly buffer: Buffer;
}

/** A request whose body is spread over several buffers, which must not change until the response is there. */
export interface PartsRequest<T> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  readonly parts: readonly Buffer[];
  readonly requestTimeoutMs: number;
  /** Receives the response after the correlation id. */
  decode(payload: Buffer): T;
}

/** Record sets for one broker, by topic. */
export type ProduceData = ReadonlyMap<string, readonly { partition: number; records: Buffer }[]>;

const PRODUCE_API_KEY = 0;
/** Version 7 (Kafka 2.1): the newest without flexible fields that allows every codec. */
const PRODUCE_VERSION = 7;
/** Estimated bytes between two record sets; the encoder grows beyond it. */
const HEAD_BYTES = 128;
const TIMEOUT_MS = 30_000;
const ACKS_ALL = -1;
/** The broker already has this batch: its first response was lost. */
const DUPLICATE_SEQUENCE_NUMBER = 46;

/**
 * A Produce request for encoded record sets.
 *
 * Layout (Kafka protocol guide, Produce): transactional_id, acks, timeout, topics with partitions,
 * each an int32 length and the record set. Response: topics with partition, error_code, base_offset,
 * log_append_time, log_start_offset; throttle_time.
 */
export function produceRequest(transactionalId: string, data: ProduceData): PartsRequest<void> {
  const parts: Buffer[] = [];
  let head = new Encoder(HEAD_BYTES)
    .writeString(transactionalId)
    .writeInt16(ACKS_ALL)
    .writeInt32(TIMEOUT_MS)
    .writeInt32(data.size);
  for (const [topic, partitions] of data) {
    head.writeString(topic).writeInt32(partitions.length);
    for (const { partition, records } of partitions) {
      parts.push(head.writeInt32(partition).writeInt32(records.length).buffer, records);
      head = new Encoder(HEAD_BYTES);
    }
  }
  return {
    apiKey: PRODUCE_API_KEY,
    apiVersion: PRODUCE_VERSION,
    apiName: 'Produce',
    parts,
    requestTimeoutMs: TIMEOUT_MS,
    decode: readResponse,
  };
}

/** @throws kafkajs's protocol error for the first partition that was refused */
function readResponse(payload: Buffer): void {
  let at = 4;
  for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
    at += 2 + payload.readInt16BE(at);
    const partitions = payload.readInt32BE(at);
    at += 4;
    for (let i = 0; i < partitions; i++) {
      const code = payload.readInt16BE(at + 4);
      if (code !== 0 && code !== DUPLICATE_SEQUENCE_NUMBER) throw createErrorFromCode(code);
      at += 4 + 2 + 8 + 8 + 8;
    }
  }
}
