import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { LogReader } from '../../../../../shared/adapters/kafka/consume/log-reader.js';
import { loadConfig } from '../../../../../shared/config/load.js';
import type { RecordBatch } from '../../../../../shared/core/record-batch.js';
import type { PartitionBuffer, ReadLog } from '../../../../../shared/ports/log.js';
import { Health } from '../../../../../shared/process/health.js';
import { FakeCluster, idOf } from '../../../../support/fake-cluster.js';
import { until } from '../../../../support/until.js';

const TOPIC = 'tactus.metrics';

/** Keeps the offsets that a partition delivers, and whether the last answer was the end of the log. */
class Deliveries implements PartitionBuffer {
  readonly seen: number[] = [];
  atEnd = false;
  answers = 0;
  breaks = 0;
  brokenOff?: () => void;

  constructor(
    readonly partition: number,
    readonly topic = TOPIC,
  ) {}

  /** Ends with the log, as stages do. */
  ending(): this {
    this.brokenOff = () => {
      this.breaks += 1;
    };
    return this;
  }

  hasRoom(): boolean {
    return true;
  }

  deliver(batch: RecordBatch): void {
    for (let i = 0; i < batch.length; i++) {
      assert.equal(batch.value(i)?.toString(), String(batch.offset(i)));
      this.seen.push(batch.offset(i));
    }
    this.atEnd = batch.atEnd;
    this.answers += 1;
  }
}

describe('reading partitions', { timeout: 60_000 }, () => {
  let cluster: FakeCluster;
  let reader: LogReader;
  let health: Health;
  let metrics: Registry;
  let logged: string[];

  beforeEach(async () => {
    cluster = new FakeCluster();
    health = new Health();
    metrics = new Registry();
    logged = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line).msg) });
    reader = new LogReader(cluster.kafka(), { config: loadConfig({}), log, health, metrics });
    await reader.connect();
  });

  afterEach(() => reader.close());

  const read = (partition: number, offset = 0, buffer = new Deliveries(partition)): Deliveries => {
    reader.add(buffer, offset);
    return buffer;
  };
  const seen = (buffer: Deliveries, ...offsets: number[]) =>
    until(`${offsets} of partition ${buffer.partition}`, () => {
      if (buffer.seen.length < offsets.length) return false;
      assert.deepEqual(buffer.seen, offsets);
      return true;
    });
  const counted = async (name: string, labels: Record<string, string | number>): Promise<number> => {
    const metric = await metrics.getSingleMetric(name)?.get();
    const found = metric?.values.find(({ labels: own }) =>
      Object.entries(labels).every(([label, value]) => own[label as never] === value),
    );
    return found?.value ?? 0;
  };
  const at = <T>(all: readonly T[], index: number): T => {
    assert.ok(index < all.length);
    return all[index] as T;
  };

  for (const [what, reason, spoil, mend] of [
    [
      'a batch is corrupt',
      'TACTUS_KAFKA_UNAVAILABLE',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.of(0xff)]),
      undefined,
    ],
    [
      'a batch has an unknown codec',
      'TACTUS_KAFKA_UNAVAILABLE',
      (bytes: Buffer) => {
        bytes[16] = 1;
        return bytes;
      },
      undefined,
    ],
    ['the broker cannot read it', 'KAFKA_STORAGE_ERROR', 56, 0],
  ] as const)
    it(`goes on with the others while one cannot be read because ${what}, and names it`, async () => {
      const [bad, good] = cluster.topic(TOPIC, { end: 1 }, { end: 1 });
      assert.ok(bad !== undefined && good !== undefined);
      // Nobody answers who is asked for new leaders meanwhile, either.
      const spoilt = (spoilIt: typeof spoil | typeof mend) => {
        if (typeof spoilIt === 'number') bad.fetchError = spoilIt;
        else bad.batch = spoilIt as (bytes: Buffer) => Buffer;
      };
      const [other, stuck] = [read(1), read(0)];
      await Promise.all([seen(other, 0), seen(stuck, 0)]);
      spoilt(spoil);
      const speak = cluster.hush();
      bad.end = 2;
      await until('its name', () => health.reasons.some((text) => text.startsWith(`reading ${TOPIC}[0]: `)));
      good.end = 2;
      await seen(other, 0, 1);
      const answers = other.answers;
      await until('more answers', () => other.answers > answers + 3);
      assert.deepEqual([health.reasons.length, health.ready], [1, false]);
      assert.ok(logged.some((line) => line.startsWith(`reading ${TOPIC}[0]: `)));
      const labels = { topic: 'metrics', partition: 0, reason };
      assert.ok((await counted('tactus_partition_read_errors_total', labels)) > 0);
      spoilt(mend ?? ((bytes: Buffer) => bytes));
      speak();
      await seen(stuck, 0, 1);
      assert.deepEqual(health.reasons, []);
    });

  it('finds the new leader of a partition while another has none, which it names', async () => {
    const partitions = cluster.topic(TOPIC, { end: 1 }, { end: 1 }, { end: 1 });
    const [moving, staying, lost] = [read(0), read(1), read(2)];
    await Promise.all([seen(moving, 0), seen(staying, 0), seen(lost, 0)]);
    at(partitions, 2).leader = -1;
    Object.assign(at(partitions, 0), { leader: 2, epoch: 1, end: 2, epochEnds: { 0: 1 } });
    at(partitions, 1).end = 2;
    await Promise.all([seen(moving, 0, 1), seen(staying, 0, 1)]);
    await until('its name', () => health.reasons.includes(`${TOPIC}[2] has no leader`));
    const labels = { topic: 'metrics', partition: 2, reason: 'LEADER_NOT_AVAILABLE' };
    await until('its count', async () => (await counted('tactus_partition_read_errors_total', labels)) > 0);
    assert.ok(logged.includes(`${TOPIC}[2] has no leader`));
    Object.assign(at(partitions, 2), { leader: 2, epoch: 1, end: 2, epochEnds: { 0: 1 } });
    await seen(lost, 0, 1);
    await until('readiness', () => health.ready);
  });

  it('reads on from several brokers when all partitions had no leader for a time', async () => {
    const partitions = cluster.topic(TOPIC, { end: 1, leader: 1 }, { end: 1, leader: 2 });
    const both = [read(0), read(1)];
    await Promise.all(both.map((each) => seen(each, 0)));
    for (const each of partitions) each.leader = -1;
    await until('their names', () =>
      both.every((_, i) => health.reasons.includes(`${TOPIC}[${i}] has no leader`)),
    );
    for (const [i, each] of partitions.entries())
      Object.assign(each, { leader: i + 1, epoch: 1, end: 2, epochEnds: { 0: 1 } });
    await Promise.all(both.map((each) => seen(each, 0, 1)));
  });

  it('begins to read a topic while a partition of another has no leader', async () => {
    cluster.topic('tactus.events', { leader: -1 });
    read(0, 0, new Deliveries(0, 'tactus.events'));
    await until('its name', () => health.reasons.includes('tactus.events[0] has no leader'));
    cluster.topic(TOPIC, { end: 1 });
    await seen(read(0), 0);
  });

  it('reads nothing from a new leader before that knows all that was acknowledged, and takes no end from it', async () => {
    const [partition] = cluster.topic(TOPIC, { end: 2 });
    const buffer = read(0);
    await seen(buffer, 0, 1);
    await until('the end', () => buffer.atEnd);
    // It has more than readers may see by what it knows yet.
    const before = { leader: 2, epoch: 1, end: 4, highWatermark: 2, offsetsError: 78, epochEnds: { 0: 4 } };
    Object.assign(partition as object, before);
    await until('the question', () => cluster.asked.includes(`2 ListOffsets ${TOPIC}[0]`));
    const { answers } = buffer;
    await until('its name', () => health.reasons.some((text) => text.includes('OFFSET_NOT_AVAILABLE')));
    assert.equal(buffer.answers, answers);
    Object.assign(partition as object, { highWatermark: 4, offsetsError: 0 });
    await seen(buffer, 0, 1, 2, 3);
    assert.deepEqual(cluster.asked.filter((text) => text.startsWith('2 Fetch')).slice(0, 1), [
      `2 Fetch ${TOPIC}[0] 2`,
    ]);
  });

  it('is answered by no leader of another epoch', async () => {
    const [partition] = cluster.topic(TOPIC, { end: 1 });
    const buffer = read(0);
    await seen(buffer, 0);
    // The same broker, elected again: what it was asked as before is refused.
    Object.assign(partition as object, { epoch: 2, end: 2, epochEnds: { 0: 1 } });
    await seen(buffer, 0, 1);
    const labels = { topic: 'metrics', partition: 0, reason: 'FENCED_LEADER_EPOCH' };
    assert.equal(await counted('tactus_partition_read_errors_total', labels), 1);
  });

  it('asks again at the same place where the broker says that it is out of range and it is not', async () => {
    const [partition] = cluster.topic(TOPIC, { end: 2 });
    const buffer = read(0).ending();
    await seen(buffer, 0, 1);
    Object.assign(partition as object, { end: 3, fetchError: 1 });
    await until('its name', () => health.reasons.some((text) => text.includes('OFFSET_OUT_OF_RANGE')));
    Object.assign(partition as object, { fetchError: 0 });
    await seen(buffer, 0, 1, 2);
    assert.deepEqual([buffer.breaks, health.ready], [0, true]);
  });

  it('goes on where the log begins when retention has passed it, and says what is missing', async () => {
    cluster.topic(TOPIC, { start: 3, end: 5 });
    const buffer = read(0, 1).ending();
    await seen(buffer, 3, 4);
    assert.equal(
      await counted('tactus_log_missing_records_total', { topic: 'metrics', cause: 'retention' }),
      2,
    );
    assert.ok(
      health.ready && health.notes[0]?.startsWith(`${TOPIC}[0]: 2 records before offset 3 were deleted`),
    );
    assert.ok(logged.includes(health.notes[0] as string));
    reader.remove(buffer);
    assert.deepEqual(health.notes, []);
  });

  it('goes on at the end of a log that has lost its tail, or breaks off', async () => {
    const [partition] = cluster.topic(TOPIC, { end: 5 });
    const [following, ending] = [read(0), read(0, 0, new Deliveries(0).ending())];
    await Promise.all([seen(following, 0, 1, 2, 3, 4), seen(ending, 0, 1, 2, 3, 4)]);
    Object.assign(partition as object, { end: 3 });
    await until('the break', () => ending.breaks === 1);
    const labels = { topic: 'metrics', cause: 'truncation' };
    await until('the count', async () => (await counted('tactus_log_missing_records_total', labels)) === 2);
    Object.assign(partition as object, { end: 4 });
    await seen(following, 0, 1, 2, 3, 4, 3);
    assert.equal(ending.seen.length, 5);
  });

  it('notices that a new leader has other records in the place of those that were read', async () => {
    const [partition] = cluster.topic(TOPIC, { end: 5 });
    const buffer = read(0, 0, new Deliveries(0).ending());
    await seen(buffer, 0, 1, 2, 3, 4);
    Object.assign(partition as object, { leader: 2, epoch: 1, end: 9, epochEnds: { 0: 3 } });
    await until('the break', () => buffer.breaks === 1);
    assert.equal(buffer.seen.length, 5);
  });

  it('notices that a topic was deleted and created anew, however much the new one has', async () => {
    const before = cluster.topic(TOPIC, { end: 2 });
    const [following, ending] = [read(0), read(0, 0, new Deliveries(0).ending())];
    await Promise.all([seen(following, 0, 1), seen(ending, 0, 1)]);
    cluster.topics.set(TOPIC, { id: idOf('another'), partitions: [{ ...at(before, 0), end: 4 }] });
    await until('the break', () => ending.breaks === 1);
    await seen(following, 0, 1, 0, 1, 2, 3);
    assert.equal(await counted('tactus_log_gaps_total', { topic: 'metrics', cause: 'recreation' }), 1);
  });

  it('reads a partition for two, each from its own place', async () => {
    cluster.topic(TOPIC, { end: 6 });
    const [first, second] = [read(0, 1), read(0, 4)];
    await Promise.all([seen(first, 1, 2, 3, 4, 5), seen(second, 4, 5)]);
    const { answers } = second;
    await until('answers for both', () => second.answers > answers && first.answers > 1);
  });

  it('says where a log parts from what was read of it, and takes no word of a leader from before', async () => {
    const [partition] = cluster.topic(TOPIC, { end: 9, epoch: 4, epochEnds: { 3: 6, 4: 9 } });
    const topicId = idOf(`${TOPIC}-1`);
    const sharedEnd = async (read: ReadLog) => (await reader.range(TOPIC, 0, read)).sharedEnd;
    assert.deepEqual(
      [
        await sharedEnd({ topicId, epoch: 3 }),
        await sharedEnd({ topicId, epoch: 4 }),
        await sharedEnd({ topicId, epoch: 2 }),
        await sharedEnd({ topicId: idOf('another'), epoch: 9 }),
        await sharedEnd({}),
      ],
      [6, 9, undefined, undefined, undefined],
    );
    await assert.rejects(sharedEnd({ topicId, epoch: 5 }), { code: 'TACTUS_KAFKA_UNAVAILABLE' });
    Object.assign(partition as object, { leader: 2, epoch: 5, epochEnds: { 5: 9 } });
    assert.equal(await sharedEnd({ topicId, epoch: 5 }), 9);
  });

  it('names the log that a range is of, as its leader has it', async () => {
    cluster.topic(TOPIC, { start: 2, end: 7 });
    assert.deepEqual(await reader.range(TOPIC, 0), { start: 2, end: 7, topicId: idOf(`${TOPIC}-1`) });
    // A broker that has not heard of it yet leads nothing of it.
    cluster.topics.set(TOPIC, {
      id: idOf('another'),
      partitions: [{ leader: 2, epoch: 0, start: 0, end: 1 }],
    });
    assert.deepEqual(await reader.range(TOPIC, 0), { start: 0, end: 1, topicId: idOf('another') });
  });
});
