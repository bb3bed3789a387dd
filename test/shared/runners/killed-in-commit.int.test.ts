import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { decodeMemberData } from '../../../shared/adapters/kafka/protocol/member-data.js';
import { dyingInCommit } from '../../support/dying-in-commit.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { type Follower, PlainClient, type PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';
import { type Reading, startReading } from '../adapters/kafka/reading.js';

/** The shortest that is allowed. */
const SESSION_MS = 6_000;
const SEND_MS = 50;

for (const instance of ['stable', ''] as const)
  describe(`a worker ${instance === '' ? 'without an id of its own' : 'with a stable id'}`, {
    timeout: 240_000,
  }, () => {
    const servers = sharedServers();
    const client = new PlainClient(servers, ownPrefix('killed'));
    const output = `${client.prefix}metrics`;
    const doom = dyingInCommit();
    const workers: WorkerProcess[] = [];
    let reading: Reading;
    let follower: Follower<PlainPoint>;
    let sent = 0;

    const start = (id: string, env: Readonly<Record<string, string>> = {}) => {
      const worker = new WorkerProcess('ingest', {
        ...{ ...servers, TOPIC_PREFIX: client.prefix, TACTUS_INSTANCE_ID: id },
        ...{ TACTUS_SESSION_TIMEOUT_MS: String(SESSION_MS), ...env },
      });
      workers.push(worker);
      return worker;
    };
    const send = async (encode: (value: object) => Buffer, count: number) => {
      const messages = Array.from({ length: count }, () => {
        const number = sent++;
        const own = { metric: `m${number % 50}`, timestamp: Date.now(), id: String(number) };
        return { key: `t|${own.metric}`, value: encode(pointOf(own)) };
      });
      await client.produce('ingest.metrics', messages);
    };
    /** Where the log ends for whoever reads everything, and for who reads what is committed. */
    const ends = () => reading.reader.ends(output);
    const stableEnds = async () => {
      const found = await reading.admin.fetchTopicOffsets(output);
      return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
    };

    before(async () => {
      reading = await startReading(servers);
    });
    afterEach(() => {
      for (const worker of workers) worker.kill('SIGKILL');
    });
    after(async () => {
      await Promise.all([reading.close(), follower?.close()]);
      doom.remove();
    });

    it('is killed in the middle of a commit: readers go on soon, and each point comes through once', async (t) => {
      const encode = await client.encoder('ingest.metrics');
      const victim = await start(instance, doom.env).ready();
      follower = await client.follow<PlainPoint>('metrics');
      await send(encode, 400);
      await follower.wait(sent);
      const heir = instance === '' ? await start('').ready() : null;
      if (heir !== null)
        await until('both to be at work', async () => {
          await send(encode, 50);
          return (await heir.metric('tactus_records_received_total')) > 0;
        });
      await follower.wait(sent);

      doom.die();
      const sending = (async () => {
        for (let ended = false; !ended; ) {
          await send(encode, 20);
          ended = await Promise.race([
            victim.exited.then(() => true),
            new Promise<false>((r) => setTimeout(r, SEND_MS, false)),
          ]);
        }
      })();
      assert.equal((await victim.exited).signal, 'SIGKILL');
      const killedAt = performance.now();
      await sending;
      const left = await ends();
      const stuck = await stableEnds();
      assert.ok(
        [...left].some(([partition, end]) => (stuck.get(partition) ?? 0) < end),
        'readers stand still',
      );

      let from = killedAt;
      if (heir === null) {
        await start(instance).address();
        from = performance.now();
      }
      await until('readers to go on', async () => {
        const stable = await stableEnds();
        return [...left].every(([partition, end]) => (stable.get(partition) ?? 0) >= end);
      });
      const blockedMs = performance.now() - from;
      // Within 2 s after a restart where the machine has little else to do; the broker itself takes 10 to 20.
      const most = heir === null ? 5_000 : SESSION_MS + 3_000;
      t.diagnostic(`readers stood still for ${Math.round(blockedMs)} ms`);
      assert.ok(blockedMs < most, `${blockedMs} ms`);

      await follower.wait(sent);
      const readableMs = performance.now() - from;
      t.diagnostic(`all was there after ${Math.round(readableMs)} ms`);
      assert.ok(readableMs < 15_000, `${readableMs} ms`);
      await send(encode, 50);
      await follower.wait(sent);
      assert.equal(new Set(follower.values.map(({ id }) => id)).size, sent);
      assert.equal(follower.values.length, sent, 'an id came twice');
    });
  });

describe('a worker that stood still for longer than its session', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const client = new PlainClient(servers, ownPrefix('frozen'));
  const env = {
    ...{ ...servers, TOPIC_PREFIX: client.prefix, TACTUS_SESSION_TIMEOUT_MS: String(SESSION_MS) },
  };
  const workers: WorkerProcess[] = [];
  after(() => {
    for (const worker of workers) worker.kill('SIGKILL');
  });

  it('is refused by the group when it commits what it had, and nothing of that is seen', async () => {
    const start = (commitIntervalMs: number) => {
      const interval = { TACTUS_COMMIT_INTERVAL_MS: String(commitIntervalMs) };
      const worker = new WorkerProcess('ingest', { ...env, ...interval });
      workers.push(worker);
      return worker.ready();
    };
    /** Whether the members of the group say their transactional ids. */
    const idsOfMembers = async () => {
      const groupId = `${client.prefix}ingest`;
      const admin = client.kafka.admin();
      await admin.connect();
      const { groups } = await admin.describeGroups([groupId]);
      await admin.disconnect();
      const members = groups[0]?.members.map(({ memberMetadata }) => decodeMemberData(memberMetadata)) ?? [];
      return members.map(({ transactionalId }) => transactionalId?.startsWith(`${groupId}/`));
    };
    const encode = await client.encoder('ingest.metrics');
    // What comes after its first commit is pending for a while.
    const frozen = await start(20_000);
    const follower = await client.follow<PlainPoint>('metrics');
    let sent = 0;
    const send = async (count: number) => {
      const messages = Array.from({ length: count }, () => {
        const own = { metric: `m${sent % 50}`, timestamp: Date.now(), id: String(sent++) };
        return { key: `t|${own.metric}`, value: encode(pointOf(own)) };
      });
      await client.produce('ingest.metrics', messages);
    };
    await send(100);
    await follower.wait(sent);
    assert.deepEqual(await idsOfMembers(), [true], 'others are to leave its transactions alone');
    const taken = () => frozen.metric('tactus_records_received_total', { topic: 'ingest.metrics' });
    const before = await taken();
    await send(100);
    await until('it to have taken some', async () => (await taken()) > before);
    frozen.kill('SIGSTOP');
    const heir = await start(100);
    await send(100);
    await follower.wait(sent);
    frozen.kill('SIGCONT');
    await until('the refusal', () =>
      /(ILLEGAL_GENERATION \(22\)|UNKNOWN_MEMBER_ID \(25\))/.test(frozen.output),
    );
    await send(100);
    await follower.wait(sent);
    assert.ok(await heir.isReady());
    assert.deepEqual(
      [new Set(follower.values.map(({ id }) => id)).size, follower.values.length],
      [sent, sent],
    );
    await follower.close();
  });
});
