import { createRequire } from 'node:module';
import type { RawProtocol } from '../internals.js';

const require = createRequire(import.meta.url);
const Encoder = require('kafkajs/src/protocol/encoder.js') as new (bytes: number) => KafkaEncoder;
const { createErrorFromCode } = require('kafkajs/src/protocol/error.js') as {
  createErrorFromCode(code: number): Error;
};

interface KafkaEncoder {
  writeString(value: string | null): KafkaEncoder;
  writeInt16(value: number): KafkaEncoder;
  writeInt32(value: number): KafkaEncoder;
  writeBuffer(value: Buffer): KafkaEncoder;
}

/** Record sets for one broker, by topic. */
export type ProduceData = ReadonlyMap<string, readonly { partition: number; records: Buffer }[]>;

const PRODUCE_API_KEY = 0;
/** Version 7 (Kafka 2.1): the newest without flexible fields that allows every codec. */
const PRODUCE_VERSION = 7;
/** More than the fixed fields of a request, a topic or a partition take, with the transactional id. */
const HEAD_BYTES = 512;
const TIMEOUT_MS = 30_000;
const ACKS_ALL = -1;
/** The broker has this batch already: an answer was lost, the records were not. */
const DUPLICATE_SEQUENCE_NUMBER = 46;

/**
 * A Produce request with record sets that are put together already.
 *
 * Layout (Kafka protocol guide, Produce): transactional_id, acks, timeout, topics with partitions,
 * each an int32 length and the record set. Answer: topics with partition, error_code, base_offset,
 * log_append_time, log_start_offset; throttle_time.
 */
export function produceRequest(transactionalId: string, data: ProduceData): RawProtocol<object> {
  const encode = async () => {
    // Room for all of it at once: else it is copied each time that it doubles.
    const encoder = new Encoder(bytesOf(data))
      .writeString(transactionalId)
      .writeInt16(ACKS_ALL)
      .writeInt32(TIMEOUT_MS)
      .writeInt32(data.size);
    for (const [topic, partitions] of data) {
      encoder.writeString(topic).writeInt32(partitions.length);
      for (const { partition, records } of partitions)
        encoder.writeInt32(partition).writeInt32(records.length).writeBuffer(records);
    }
    return encoder;
  };
  return {
    request: { apiKey: PRODUCE_API_KEY, apiVersion: PRODUCE_VERSION, apiName: 'Produce', encode },
    requestTimeout: TIMEOUT_MS,
    response: { decode: readAnswer, parse: (answer) => answer },
  };
}

/** Somewhat more than the request takes without its header. */
function bytesOf(data: ProduceData): number {
  let bytes = HEAD_BYTES;
  for (const [topic, partitions] of data) {
    bytes += HEAD_BYTES + Buffer.byteLength(topic);
    for (const { records } of partitions) bytes += HEAD_BYTES + records.length;
  }
  return bytes;
}

/**
 * @returns an object, off which kafkajs would read a throttle time
 * @throws kafkajs's protocol error for the first partition that was refused
 */
function readAnswer(payload: Buffer): object {
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
  return {};
}
