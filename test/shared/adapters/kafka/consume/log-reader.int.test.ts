import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Admin, type Kafka, Partitioners } from 'kafkajs';
import { fetchParts } from '../../../../../services/up/embedded/parts.js';
import type { LogReader } from '../../../../../shared/adapters/kafka/consume/log-reader.js';
import type { RecordBatch } from '../../../../../shared/core/record-batch.js';
import type { PartitionBuffer, SentAt } from '../../../../../shared/ports/log.js';
import { ownPrefix } from '../../../../support/own-prefix.js';
import { sharedServers } from '../../../../support/servers.js';
import { createTopic } from '../../../../support/topics.js';
import { until } from '../../../../support/until.js';
import { type Reading, startReading } from '../reading.js';

interface Seen {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Record<string, string>;
}

/** Keeps what a partition delivers; wants more until set otherwise. */
class Deliveries implements PartitionBuffer {
  readonly seen: Seen[] = [];
  nextOffset = 0;
  atEnd = false;
  full = false;
  /** How long the last answer took. */
  tookMs = 0;

  constructor(
    readonly topic: string,
    readonly partition = 0,
  ) {}

  hasRoom(): boolean {
    return !this.full;
  }

  deliver(batch: RecordBatch, _end: number, _stable: number, sentAt: SentAt): void {
    this.tookMs = performance.now() - sentAt.monotonic;
    for (let i = 0; i < batch.length; i++) {
      const headers = Object.entries(batch.headers(i)).map(([name, value]) => [name, value.toString()]);
      this.seen.push({
        offset: batch.offset(i),
        key: batch.key(i)?.toString() ?? null,
        value: batch.value(i)?.toString() ?? null,
        headers: Object.fromEntries(headers),
      });
    }
    // What comes next may be read into the same memory.
    batch.recycle?.();
    this.nextOffset = batch.nextOffset;
    this.atEnd = batch.atEnd;
  }
}

/** Kafka's own producer, fed with lines `key<TAB>value`. */
async function javaProduces(topic: string, codec: string, lines: readonly string[]): Promise<void> {
  const { kafka } = await fetchParts(() => undefined);
  const child = spawn(
    'java',
    [
      ...['-XX:TieredStopAtLevel=1', '-cp', join(kafka, '*'), 'org.apache.kafka.tools.ConsoleProducer'],
      ...['--bootstrap-server', sharedServers().KAFKA_BROKERS, '--topic', topic],
      ...['--compression-codec', codec, '--property', 'parse.key=true', '--batch-size', '200'],
    ],
    { stdio: ['pipe', 'ignore', 'ignore'] },
  );
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(code, 0, 'the Java producer failed');
}

describe('LogReader', { timeout: 240_000 }, () => {
  const prefix = ownPrefix('reader');
  let reading: Reading;
  let plain: Kafka;
  let admin: Admin;
  let reader: LogReader;

  const topic = async (name: string, configEntries: { name: string; value: string }[] = []) => {
    const full = prefix + name;
    await createTopic(admin, { topic: full, numPartitions: 1, configEntries });
    return full;
  };
  const read = async (name: string, offset: number, upTo: number) => {
    const buffer = new Deliveries(name);
    reader.add(buffer, offset);
    await until(`${name} to be read up to ${upTo}`, () => buffer.nextOffset >= upTo);
    reader.remove(buffer);
    return buffer;
  };

  before(async () => {
    reading = await startReading(sharedServers());
    ({ plain, admin, reader } = reading);
  });

  after(() => reading.close());

  for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    it(`reads what Kafka's own Java producer wrote with ${codec}, from any offset`, async () => {
      const name = await topic(`codec-${codec}`);
      const lines = Array.from({ length: 500 }, (_, i) => `key-${i}\t${'äß∂'.repeat(i % 9)}value ${i}`);
      await javaProduces(name, codec, lines);
      const wanted = lines.map((line, offset) => {
        const [key, value] = line.split('\t');
        return { offset, key, value, headers: {} };
      });
      assert.deepEqual((await read(name, 0, 500)).seen, wanted);
      const middle = await read(name, 333, 500);
      assert.deepEqual(middle.seen, wanted.slice(333), 'starts in the middle of a batch');
      assert.equal(middle.atEnd, true);
    });
  }

  it('leaves out aborted transactions and markers, and moves its position over them', async () => {
    const name = await topic('transactions');
    const producer = plain.producer({
      transactionalId: name,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    for (const [value, keep] of [
      ['a', true],
      ['b', false],
      ['c', true],
      ['d', false],
    ] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: name, messages: [{ key: null, value, headers: { h: value } }] });
      await (keep ? transaction.commit() : transaction.abort());
    }
    await producer.disconnect();
    const { seen, atEnd, nextOffset } = await read(name, 0, 8);
    assert.deepEqual(
      seen.map(({ offset, key, value, headers }) => ({ offset, key, value, headers })),
      [
        { offset: 0, key: null, value: 'a', headers: { h: 'a' } },
        { offset: 4, key: null, value: 'c', headers: { h: 'c' } },
      ],
    );
    assert.equal(nextOffset, 8);
    assert.equal(atEnd, true);
  });

  it('reads a record that is larger than the fetch size, and records without key or value', async () => {
    const name = await topic('large', [{ name: 'max.message.bytes', value: '16777216' }]);
    const producer = plain.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const large = 'x'.repeat(9_000_000);
    for (const value of ['small', large, null])
      await producer.send({ topic: name, messages: [{ key: value === null ? 'k' : null, value }] });
    await producer.disconnect();
    const { seen } = await read(name, 0, 3);
    assert.deepEqual(
      seen.map(({ key, value }) => [key, value?.length ?? null]),
      [
        [null, 5],
        [null, 9_000_000],
        ['k', null],
      ],
    );
  });

  it('says when it sent the fetch that found nothing more, for which the broker waited', async () => {
    const buffer = new Deliveries(await topic('quiet'));
    reader.add(buffer, 0);
    await until('an answer', () => buffer.atEnd);
    reader.remove(buffer);
    // TACTUS_FETCH_MAX_WAIT_MS is 250; the broker counts in whole milliseconds.
    assert.ok(buffer.tookMs > 240, `${buffer.tookMs} ms`);
  });

  it('goes on at the first record when its position is not in the log any more', async () => {
    const name = await topic('deleted');
    const producer = plain.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    for (let i = 0; i < 10; i++) await producer.send({ topic: name, messages: [{ value: String(i) }] });
    await producer.disconnect();
    await admin.fetchTopicOffsets(name); // kafkajs deletes only from topics whose metadata it has.
    await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '4' }] });
    assert.deepEqual(
      (await read(name, 1, 10)).seen.map(({ value }) => value),
      ['4', '5', '6', '7', '8', '9'],
    );
    const { start, end, topicId } = await reader.range(name, 0);
    assert.deepEqual([start, end], [4, 10]);
    // Kafka writes ids so, in 16 bytes.
    assert.match(topicId ?? '', /^[\w-]{22}$/);
  });

  it('fetches nothing for a full buffer, and goes on when it is woken', async () => {
    const name = await topic('full');
    const buffer = new Deliveries(name);
    buffer.full = true;
    reader.add(buffer, 0);
    const producer = plain.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({ topic: name, messages: [{ value: 'x' }] });
    await producer.disconnect();
    await read(name, 0, 1); // Another buffer of the same partition has had its answer by now.
    assert.equal(buffer.seen.length, 0);
    buffer.full = false;
    reader.wake();
    await until('the record', () => buffer.seen.length === 1);
    reader.remove(buffer);
  });
});
