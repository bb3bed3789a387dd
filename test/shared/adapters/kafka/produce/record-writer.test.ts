import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Brokers } from '../../../../../shared/adapters/kafka/produce/brokers.js';
import { RecordWriter, SetsRefused } from '../../../../../shared/adapters/kafka/produce/record-writer.js';
import type { ProduceAnswer } from '../../../../../shared/adapters/kafka/protocol/produce-request.js';
import { RecordSet } from '../../../../../shared/adapters/kafka/protocol/record-set.js';
import type { PartsRequest } from '../../../../../shared/adapters/kafka/protocol/requests.js';

const SET_BYTES = 700_000;
const LED = Array.from({ length: 200 }, (_, partitionId) => ({
  ...{ partitionId, leader: 1, leaderEpoch: 0, replicas: [1] },
}));
const IDENTITY = { producerId: 1n, epoch: 0 };

/** One broker that leads all; answers by topic and partition, 0 where nothing else is said. */
function writerOn(codes: Readonly<Record<string, number>>) {
  const sent: { bytes: number; partitions: number }[] = [];
  const brokers = {
    cluster: {
      findTopicPartitionMetadata: () => LED,
      findBroker: async () => ({}),
    },
    refreshIfOld: async () => {},
    send: async (_: unknown, { parts }: PartsRequest<ProduceAnswer[]>) => {
      const sets = parts.filter(({ length }) => length > 1_000);
      const bytes = sets.reduce((sum, { length }) => sum + length, 0);
      const before = sent.reduce((sum, one) => sum + one.partitions, 0);
      sent.push({ bytes, partitions: sets.length });
      return sets.map((_set, i) => {
        const partition = before + i;
        return { topic: 'out', partition, code: codes[partition] ?? 0, baseOffset: 7, blamed: [] };
      });
    },
  };
  return { sent, writer: new RecordWriter(brokers as unknown as Brokers, () => 'id', 'none') };
}

function sets(count: number) {
  const value = Buffer.alloc(SET_BYTES);
  return Array.from({ length: count }, (_, partition) => {
    const set = new RecordSet();
    set.append(null, 0, 0, value, 0, value.length, null, 0, 0);
    return { topic: 'out', partition, set };
  });
}

describe('a partition that takes nothing', () => {
  /** Partition 1 has no leader until it gets one. */
  function cluster() {
    const partitions = [0, 1, 2].map((partitionId) => ({
      ...{ partitionId, leader: partitionId === 1 ? -1 : 1, leaderEpoch: 0, replicas: [1] },
    }));
    let refreshes = 0;
    const brokers = {
      cluster: { findTopicPartitionMetadata: () => partitions, findBroker: async () => ({}) },
      refresh: async () => {
        refreshes += 1;
      },
      refreshIfOld: async () => {},
      send: async (_: unknown, { parts }: PartsRequest<ProduceAnswer[]>) => {
        // As many sets as are sent, which are those of the partitions that are led.
        const count = parts.filter(({ length }) => length > 1_000).length;
        const led = partitions.filter(({ leader }) => leader > 0);
        assert.equal(led.length, count);
        return led.map(({ partitionId: partition }) => ({
          ...{ topic: 'out', partition, code: 0, baseOffset: 7, blamed: [] },
        }));
      },
    };
    const writer = new RecordWriter(brokers as unknown as Brokers, () => null, 'none');
    const write = async (only = [0, 1, 2]) => {
      const written: number[] = [];
      const all = sets(3).filter(({ partition }) => only.includes(partition));
      const options = {
        written: (set: RecordSet) =>
          void written.push(all.find((one) => one.set === set)?.partition as number),
        stuckMs: STUCK_MS,
      };
      const began = performance.now();
      let failure: unknown = null;
      try {
        await writer.write(all, IDENTITY, 1, began + 60_000, options);
      } catch (error) {
        failure = error;
      }
      return { written, failure, ms: performance.now() - began };
    };
    return { write, partitions, refreshes: () => refreshes };
  }
  const STUCK_MS = 200;

  it('is waited for once, and holds up no others from then on, until it has a leader', async () => {
    const { write, partitions, refreshes } = cluster();
    const first = await write();
    assert.deepEqual(first.written, [0, 2]);
    assert.ok(first.ms >= STUCK_MS && first.ms < 30_000);
    const before = refreshes();
    assert.match(String(first.failure), /out\[1\] has no leader/);
    const second = await write();
    assert.deepEqual(second.written, [0, 2]);
    assert.ok(second.failure !== null && refreshes() - before <= 2);
    assert.equal((await write([0, 2])).failure, null);
    (partitions[1] as { leader: number }).leader = 1;
    const third = await write();
    assert.deepEqual([third.written, third.failure], [[0, 1, 2], null]);
    // It has had some since: it is waited for again.
    (partitions[1] as { leader: number }).leader = -1;
    assert.ok((await write()).ms >= STUCK_MS);
  });
});

describe('record sets for one broker', () => {
  it('are sent in several requests where one would be more than it takes', async () => {
    const { writer, sent } = writerOn({});
    const ends = await writer.write(sets(200), IDENTITY, 1, performance.now() + 5_000);
    assert.equal(ends.get('out')?.size, 200);
    assert.ok(sent.length > 3 && sent.every(({ bytes }) => bytes <= 33_554_432), JSON.stringify(sent));
    assert.ok(sent.slice(0, -1).every(({ bytes }) => bytes > 33_554_432 - 2 * SET_BYTES));
  });

  it('are named together where several are refused, and before what passes by itself', async () => {
    const { writer } = writerOn({ 1: 10, 2: 6, 3: 10 });
    await assert.rejects(writer.write(sets(5), IDENTITY, 1, performance.now() + 5_000), (error) => {
      assert.ok(error instanceof SetsRefused);
      assert.deepEqual(
        error.sets.map(({ partition, code }) => [partition, code]),
        [
          [1, 10],
          [3, 10],
        ],
      );
      assert.match(error.message, /^writing to out\[1\], out\[3\]: MESSAGE_TOO_LARGE \(10\)$/);
      return true;
    });
  });
});
