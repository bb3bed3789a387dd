import { pino } from 'pino';
import { createKafka } from '../../../shared/adapters/kafka/client.js';
import { batchProducer } from '../../../shared/adapters/kafka/produce/batch-producer.js';
import { partitionOf } from '../../../shared/adapters/kafka/protocol/murmur2.js';
import { loadConfig } from '../../../shared/config/load.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { BatchProducer } from '../../../shared/ports/log.js';
import { recordKey } from '../../../shared/wire/series.js';
import { PlainClient } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import type { Target } from './sending.js';

const TENANT = 'noisy';
const DIGITS = 12;
const SEND_TIMEOUT_MS = 10_000;
const SERIES_PER_PARTITION = 50;

interface Series {
  readonly metric: string;
  readonly key: Buffer;
}

/**
 * Sends points of one tenant to Kafka with as little of the machine as it can, since it shares that with those whose times
 * are measured: a point is encoded once for each series and send, and its copies differ in the digits of their ids.
 */
export class KafkaFlood {
  refused = 0;
  #written: Promise<unknown> = Promise.resolve();
  readonly #run = `${Date.now().toString(36)}-`;

  private constructor(
    private readonly producer: BatchProducer,
    private readonly encode: (value: object) => Buffer,
    private readonly series: readonly Series[],
  ) {}

  /** @param below its series are those in partitions of a lower number */
  static async open(target: Target, below: number): Promise<KafkaFlood> {
    const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, prefix } = target;
    const config = loadConfig({ KAFKA_BROKERS, SCHEMA_REGISTRY_URL, TOPIC_PREFIX: prefix });
    const log = pino({ level: 'silent' });
    const kafka = createKafka({ config, log });
    const client = new PlainClient(target, prefix);
    const encode = await client.encoder('ingest.metrics');
    const admin = kafka.admin();
    await admin.connect();
    const partitions = (await admin.fetchTopicOffsets(`${prefix}ingest.metrics`)).length;
    await admin.disconnect();
    const producer = await batchProducer({ config, log }, { kafka, timeoutMs: SEND_TIMEOUT_MS });
    return new KafkaFlood(producer, encode, seriesBelow(below, partitions));
  }

  async send(from: number, count: number, now: number): Promise<void> {
    const batch = new OutputBatch();
    const each = Math.ceil(count / this.series.length);
    for (let i = 0; i < count; i += each) this.#add(batch, from + i, Math.min(each, count - i), now);
    // The producer writes one batch after the other.
    const written = this.#written.then(async () => await this.producer.write(batch));
    this.#written = written;
    const { error } = await written;
    if (error !== null) this.refused += 1;
  }

  async close(): Promise<void> {
    await this.producer.close();
  }

  /** Points of one series, the next each time. */
  #add(batch: OutputBatch, from: number, count: number, now: number): void {
    const { metric, key } = this.series[from % this.series.length] as Series;
    const digits = '0'.repeat(DIGITS);
    const point = pointOf({ tenantId: TENANT, metric, id: this.#run + digits, timestamp: now });
    const value = this.encode(point);
    const end = value.lastIndexOf(digits) + DIGITS;
    for (let n = from; n < from + count; n++) {
      const own = batch.room(value.length);
      const start = batch.at;
      batch.at = start + value.copy(own, start);
      for (let rest = n, at = start + end - 1; rest > 0; rest = Math.floor(rest / 10), at--)
        own[at] = 0x30 + (rest % 10);
      batch.append('ingest.metrics', key, 0, key.length, own, start, batch.at);
    }
  }
}

function seriesBelow(below: number, partitions: number): Series[] {
  const found: Series[] = [];
  for (let n = 0; found.length < below * SERIES_PER_PARTITION; n++) {
    const metric = `m${n}`;
    const key = Buffer.from(recordKey(TENANT, metric));
    if (partitionOf(key, partitions) < below) found.push({ metric, key });
  }
  return found;
}
