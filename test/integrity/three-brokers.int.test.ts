import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { type EmbeddedStack, startStack } from '../../services/up/embedded/stack.js';
import { LogReader } from '../../shared/adapters/kafka/consume/log-reader.js';
import { idsOf } from '../../shared/adapters/kafka/produce/transaction-session.js';
import { partitionOf } from '../../shared/adapters/kafka/protocol/murmur2.js';
import type { PartitionContent, WorkerTransactions } from '../../shared/ports/log.js';
import { FetchBuffer } from '../../shared/runners/fetch-buffer.js';
import { intercept, TransactionsFixture } from '../shared/adapters/kafka/produce/transactions-fixture.js';
import { Cluster, threeBrokers } from '../support/cluster/cluster.js';
import { until } from '../support/until.js';

/** Sooner than a transaction times out. */
const BROKER_SESSION_MS = 3_000;
const PARTITIONS = 16;
/** More than it takes until another broker leads in the place of one that was killed. */
const COMMIT_MS = 30_000;
const VERSIONS = [1, 2] as const;
/** Of each version, for the percentiles. */
const COMMITS = 40;
const WARM_UP = 10;
const ID_TRIES = 1_000;
const MOST_TRIES = 3;

describe('a worker on three brokers', { timeout: 240_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-brokers-'));
  let stack: EmbeddedStack;
  let cluster: Cluster;
  let fixture: TransactionsFixture;
  let restore = () => {};

  before(async () => {
    stack = await startStack({ dataDir: folder, only: ['kafka'], ...threeBrokers(BROKER_SESSION_MS) });
    cluster = new Cluster(stack);
    fixture = await TransactionsFixture.start({
      servers: stack.env,
      partitions: PARTITIONS,
      commitMs: COMMIT_MS,
    });
    await until('the first transaction', async () => {
      const worker = await fixture.open('first');
      return (await fixture.commit(worker, [fixture.content(0, 'first', 1)])).outcome === 'committed';
    });
    await cluster.whole();
  });
  afterEach(async () => {
    restore();
    for (const id of cluster.ids) {
      await cluster.broker(id).kill('SIGCONT');
      await cluster.broker(id).start();
    }
    await cluster.whole();
  });
  after(async () => {
    await fixture?.stop();
    await stack?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One worker of each version, whose transactional id this broker coordinates. */
  const openBoth = async (what: string, coordinates: (broker: number) => boolean) =>
    await Promise.all(
      VERSIONS.map(async (version) => {
        for (let i = 0; i < ID_TRIES; i++) {
          const name = `${what}-${version}-${i}`;
          const broker = await cluster.coordinator('transaction', idsOf(fixture.groupId) + name);
          if (!coordinates(broker)) continue;
          return await fixture.open(name, version);
        }
        throw new Error('no transactional id has such a coordinator');
      }),
    );

  /** As a worker does it: the same content again where a transaction was aborted, as one that took too long is. */
  const commitAsWorker = async (worker: WorkerTransactions, content: PartitionContent) => {
    const reasons: string[] = [];
    for (let tries = 0; tries < MOST_TRIES; tries++)
      try {
        const result = await fixture.commit(worker, [content]);
        if (result.outcome === 'committed') return reasons;
        assert.equal(result.outcome, 'aborted', String(result.error));
        reasons.push(result.error.message);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'TACTUS_KAFKA_UNAVAILABLE', String(error));
        reasons.push(String(error));
      }
    throw new Error(`not committed: ${reasons.join('; ')}`);
  };

  /** Each commits one record and one offset, which are there once afterwards. */
  const commitBoth = async (
    workers: readonly WorkerTransactions[],
    contents: readonly PartitionContent[],
    committed = async (_ms: number) => {},
  ) => {
    const began = performance.now();
    const all = workers.map((worker, i) => commitAsWorker(worker, contents[i] as PartitionContent));
    const reasons = (await Promise.all(all)).flat();
    const ms = Math.round(performance.now() - began);
    process.stdout.write(`committed after ${ms} ms, aborted before: ${reasons.join('; ') || 'none'}\n`);
    restore();
    await committed(ms);
    const written = contents.map(({ outputs }) => String(outputs[0]?.keys[0]));
    // The reader has to find the new leaders as well, and one that leads no longer may still answer with its old end.
    const keys = await until('what was written', async () => {
      const found = await fixture.keys('alerts');
      return written.every((key) => found.includes(key)) && found;
    });
    for (const [i, { checkpoint }] of contents.entries()) {
      const key = String(written[i]);
      assert.equal(keys.filter((each) => each === key).length, 1, `${key} is there once`);
      const partition = VERSIONS[i] as number;
      await until(`the offset of ${key}`, async () => {
        return (await fixture.committed(partition)).offset === checkpoint.offset;
      });
    }
  };

  /** A broker that coordinates transactions, and not the group. */
  const coordinatorOfTransactions = async (): Promise<number> => {
    const ofGroup = await cluster.coordinator('group', fixture.groupId);
    const leaders = (await cluster.partitions(['__transaction_state'])).map(({ leader }) => leader);
    const victim = leaders.find((leader) => leader !== ofGroup);
    assert.ok(victim !== undefined, 'one broker coordinates all of it');
    return victim;
  };

  const contentOf = (version: number, key: string, offset: number): PartitionContent => ({
    ...fixture.content(version, key, offset),
    changes: [],
  });

  /** Keys of each version in partitions that this broker leads. */
  const keysLedBy = async (what: string, broker: number): Promise<string[]> => {
    const states = await cluster.partitions([fixture.output]);
    const led = states.filter(({ leader }) => leader === broker).map(({ partition }) => partition);
    return VERSIONS.map((version) => {
      for (let i = 0; i < ID_TRIES; i++) {
        const key = `${what}-${version}-${i}`;
        if (led.includes(partitionOf(Buffer.from(key), PARTITIONS))) return key;
      }
      throw new Error('no key belongs to such a partition');
    });
  };

  it('commits without an abort where first writes collide, and says how long that takes', async () => {
    const lines: string[] = [];
    for (const version of VERSIONS) {
      const worker = await fixture.open(`collide-${version}`, version);
      const times: number[] = [];
      let sent = 0;
      restore = intercept((_, send) => {
        sent += 1;
        return send();
      });
      for (let i = 0; i < COMMITS + WARM_UP; i++) {
        const contents = Array.from({ length: PARTITIONS }, (_, partition) =>
          fixture.content(partition, `collide-${version}-${i}-${partition}`, i),
        );
        if (i === WARM_UP) sent = 0;
        const began = performance.now();
        const { outcome } = await fixture.commit(worker, contents);
        if (i >= WARM_UP) times.push(performance.now() - began);
        assert.equal(outcome, 'committed', `version ${version}, transaction ${i}`);
      }
      restore();
      times.sort((a, b) => a - b);
      const at = (share: number) => (times[Math.floor(times.length * share)] as number).toFixed(1);
      const requests = (sent / COMMITS).toFixed(1);
      lines.push(`version ${version}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, ${requests} requests each`);
    }
    process.stdout.write(`${lines.join('\n')}\n`);
  });

  it('commits once when the leader of an output is killed in the middle of a commit', async () => {
    const ofGroup = await cluster.coordinator('group', fixture.groupId);
    const victim = cluster.ids.find((id) => id !== ofGroup) as number;
    const workers = await openBoth('led', (broker) => broker !== victim);
    const keys = await keysLedBy('led', victim);
    let writes = 0;
    let stopped: Promise<void> | null = null;
    let killed: Promise<void> | null = null;
    restore = intercept(async (request, send) => {
      if (request.apiName !== 'Produce') return await send();
      // It takes the requests, and does nothing about them; any sooner, and another might lead by then.
      stopped ??= cluster.broker(victim).kill('SIGSTOP');
      await stopped;
      const sending = send();
      writes += 1;
      if (writes === workers.length) killed ??= cluster.broker(victim).kill('SIGKILL');
      return await sending;
    });
    await commitBoth(
      workers,
      keys.map((key, i) => contentOf(i + 1, key, 100)),
    );
    assert.ok(killed !== null && writes > workers.length, `written ${writes} times`);
  });

  it('commits once when the coordinator of the transaction is killed before its end', async () => {
    const victim = await coordinatorOfTransactions();
    const workers = await openBoth('coordinated', (broker) => broker === victim);
    let killed: Promise<void> | null = null;
    let waiting = 0;
    restore = intercept(async (request, send) => {
      if (request.apiName !== 'EndTxn') return await send();
      waiting += 1;
      await until('both transactions to be written', () => waiting >= workers.length);
      killed ??= cluster.broker(victim).kill('SIGKILL');
      await killed;
      return await send();
    });
    await commitBoth(
      workers,
      VERSIONS.map((version) => contentOf(version, `coordinated-${version}`, 200)),
    );
    assert.ok(killed !== null && waiting > workers.length, `ended ${waiting} times`);
  });

  it('commits once when the coordinator of the group is killed after it has the offsets', async () => {
    const victim = await cluster.coordinator('group', fixture.groupId);
    const workers = await openBoth('grouped', (broker) => broker !== victim);
    let killed: Promise<void> | null = null;
    let accepted = 0;
    restore = intercept(async (request, send) => {
      if (request.apiName === 'EndTxn') {
        await until('both offsets to be accepted', () => accepted >= workers.length);
        killed ??= cluster.broker(victim).kill('SIGKILL');
        await killed;
      }
      const answer = await send();
      if (request.apiName === 'TxnOffsetCommit') accepted += 1;
      return answer;
    });
    await commitBoth(
      workers,
      VERSIONS.map((version) => contentOf(version, `grouped-${version}`, 300)),
    );
    assert.ok(killed !== null);
  });

  it('commits in time beside a broker that stands still, though it led and coordinated all of it', async () => {
    const victim = await coordinatorOfTransactions();
    const workers = await openBoth('still', (broker) => broker === victim);
    const keys = await keysLedBy('still', victim);
    await cluster.broker(victim).kill('SIGSTOP');
    const contents = keys.map((key, i) => contentOf(i + 1, key, 400));
    await commitBoth(workers, contents, async (ms) => {
      await cluster.broker(victim).kill('SIGCONT');
      // An attempt that lasts as long as the commit may would have been the only one.
      assert.ok(ms < COMMIT_MS, `${ms} ms`);
    });
  });

  it('leaves a member its membership when another broker coordinates the group, which takes its offsets', async () => {
    const { assignments, warnings, member } = await fixture.join();
    const { signal } = new AbortController();
    const [first] = assignments;
    assert.ok(first?.partitions[0] !== undefined);
    const { topic, partition } = first.partitions[0];
    let offset = 0;
    const beats = async () => {
      for (let i = 0; i < 3; i++) await member.confirmed(signal);
      offset += 1;
      await until('a commit', async () => {
        await member.commit(topic, partition, offset, null);
        return true;
      });
      assert.equal((await member.committed(topic, partition))?.offset, offset);
    };
    try {
      await beats();
      const before = await cluster.coordinator('group', fixture.groupId);
      // The one before lives, and refuses heartbeats from now on.
      await moveLeaders('__consumer_offsets');
      await until('another coordinator', async () => {
        return (await cluster.coordinator('group', fixture.groupId)) !== before;
      });
      await beats();
      await cluster.broker(await cluster.coordinator('group', fixture.groupId)).kill('SIGKILL');
      await beats();
      assert.equal(assignments.length, 1, `it did not have to join again: ${warnings.join('')}`);
    } finally {
      await member.leave();
    }
  });

  it('takes no log for read to its end while a record of it waits for a replica that has stopped', async () => {
    const topic = `${fixture.prefix}held`;
    const { admin } = fixture.reading;
    const [leader, follower] = cluster.ids as [number, number];
    await admin.createTopics({
      topics: [
        {
          topic,
          replicaAssignment: [{ partition: 0, replicas: [leader, follower] }],
          configEntries: [
            { name: 'message.timestamp.type', value: 'LogAppendTime' },
            { name: 'min.insync.replicas', value: '1' },
          ],
        },
      ],
    });
    const { signal } = new AbortController();
    const reader = new LogReader(fixture.kafka, fixture.context());
    const producer = fixture.kafka.producer({ allowAutoTopicCreation: false });
    const buffer = new FetchBuffer(topic, 0, 0, { onRoom: () => reader.wake(), maxAnswerAgeMs: 2_000 });
    try {
      await Promise.all([reader.connect(), producer.connect()]);
      reader.add(buffer, 0);
      await until('the end of the empty log', () => buffer.tick('held').readAt !== undefined);
      await cluster.broker(follower).kill('SIGSTOP');
      await until('an acknowledgement of the leader', async () => {
        await producer.send({ topic, messages: [{ value: 'held' }], acks: 1 });
        return true;
      });
      let readTo = 0;
      const batch = await until('the record', async () => {
        readTo = Math.max(readTo, buffer.tick('held').readAt ?? 0);
        return await buffer.next(20, signal);
      });
      const arrival = batch.timestamp(0);
      assert.ok(Date.now() - arrival > 1_000, 'it was given out when its replica was given up');
      assert.ok(readTo <= arrival, `at the end ${readTo - arrival} ms after its arrival`);
      await until('the end behind it', () => (buffer.tick('held').readAt ?? 0) > arrival);
    } finally {
      reader.remove(buffer);
      await Promise.allSettled([reader.close(), producer.disconnect()]);
    }
  });

  /** All partitions of the topic get another leader. */
  const moveLeaders = async (topic: string) => {
    const moves = (await cluster.partitions([topic])).map(({ partition, replicas, leader }) => {
      const others = replicas.filter((replica) => replica !== leader);
      return { topic, partition, replicas: [...others, leader] };
    });
    await cluster.reassign(moves);
    await cluster.electPreferred(moves);
  };
});
