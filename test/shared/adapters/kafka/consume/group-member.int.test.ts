import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Assignment } from '../../../../../shared/ports/log.js';
import { sharedServers } from '../../../../support/servers.js';
import { until } from '../../../../support/until.js';
import { type Member, TransactionsFixture } from '../produce/transactions-fixture.js';

const Broker = createRequire(import.meta.url)('kafkajs/src/broker/index.js') as {
  prototype: {
    syncGroup(request: { memberId: string }): Promise<unknown>;
    heartbeat(request: object): Promise<unknown>;
  };
};

describe('a member of a group', { timeout: 240_000 }, () => {
  let fixture: TransactionsFixture;
  const joined: Member[] = [];

  before(async () => {
    fixture = await TransactionsFixture.start({ servers: sharedServers() });
  });
  afterEach(async () => {
    await Promise.all(joined.splice(0).map(({ member }) => member.leave()));
  });
  after(() => fixture.stop());

  const join = async (): Promise<Member> => {
    const made = await fixture.join();
    joined.push(made);
    return made;
  };
  const latest = ({ assignments }: Member) => assignments.at(-1) as Assignment;
  const numbers = (each: Assignment) =>
    each.partitions.map(({ partition }) => partition).sort((a, b) => a - b);

  it('knows its generation, which the broker asks for when it commits', async () => {
    const first = await join();
    const assignment = latest(first);
    assert.deepEqual([numbers(assignment), assignment.continuous], [[0, 1], false]);
    assert.deepEqual(first.events, ['rejoining', 'assigned']);
    const worker = await fixture.open('worker');
    const committed = await fixture.commit(worker, [fixture.content(0, 'now', 1)], assignment.membership);
    assert.equal(committed.outcome, 'committed');
    const { memberId, generationId } = assignment.membership;
    const earlier = { memberId, generationId: generationId - 1 };
    const refused = await fixture.commit(worker, [fixture.content(0, 'earlier', 2)], earlier);
    assert.ok(refused.outcome === 'generation' && /ILLEGAL_GENERATION \(22\)/.test(refused.error.message));
    assert.deepEqual(await fixture.keys('alerts'), ['now']);
  });

  it('is none any more when it was silent for longer than its session', async (t) => {
    const first = await join();
    const { membership } = latest(first);
    const { heartbeat } = Broker.prototype;
    const letGo: (() => void)[] = [];
    t.after(() => {
      Broker.prototype.heartbeat = heartbeat;
      for (const reject of letGo) reject();
    });
    Broker.prototype.heartbeat = () =>
      new Promise((_, reject) => letGo.push(() => reject(new Error('the connection was closed'))));
    const worker = await fixture.open('silent');
    const contents = [fixture.content(0, 'silent', 3)];
    const refused = await until('the group to forget it', async () => {
      const result = await fixture.commit(worker, contents, membership);
      return result.outcome === 'committed' ? null : result;
    });
    assert.ok(refused.outcome === 'generation');
    assert.match(refused.error.message, /ILLEGAL_GENERATION \(22\)|UNKNOWN_MEMBER_ID \(25\)/);
    const before = await fixture.keys('alerts');
    assert.equal((await fixture.commit(worker, contents, membership)).outcome, 'generation');
    assert.deepEqual(await fixture.keys('alerts'), before);
  });

  it('is asked before it joins again, and keeps what need not move', async () => {
    const first = await join();
    const before = latest(first);
    const second = await join();
    await until('the second assignment', () => latest(first) !== before);
    const after = latest(first);
    assert.deepEqual(first.events, ['rejoining', 'assigned', 'rejoining', 'assigned']);
    assert.equal(after.membership.memberId, before.membership.memberId);
    assert.equal(after.membership.generationId, before.membership.generationId + 1);
    assert.deepEqual([after.continuous, latest(second).continuous], [true, false]);
    assert.deepEqual([numbers(after), numbers(latest(second))], [[0], [1]]);
    await second.member.leave();
    await until('all partitions', () => latest(first).partitions.length === 2);
    assert.equal(latest(first).continuous, true);
  });

  it('joins again when the answer that assigns its partitions is lost', async (t) => {
    const first = await join();
    const before = latest(first);
    const { syncGroup } = Broker.prototype;
    let lost = 0;
    t.after(() => {
      Broker.prototype.syncGroup = syncGroup;
    });
    Broker.prototype.syncGroup = async function (request) {
      const answer = await syncGroup.call(this, request);
      if (request.memberId !== before.membership.memberId || lost > 0) return answer;
      lost += 1;
      throw new Error('the connection was closed');
    };
    const second = await join();
    await until('both to know what they have', () => {
      const generations = [first, second].map((each) => latest(each).membership.generationId);
      return lost === 1 && latest(first) !== before && generations[0] === generations[1];
    });
    assert.equal(latest(first).continuous, false);
  });

  it('gets the partitions that its topic grows by', async () => {
    const members = [await join(), await join()];
    const { input, reading } = fixture;
    await reading.admin.createPartitions({ topicPartitions: [{ topic: input, count: 5 }] });
    const all = () => members.flatMap((each) => numbers(latest(each))).sort((a, b) => a - b);
    await until('all partitions', () => all().join() === '0,1,2,3,4', 20_000);
    const rebalances = members.map(({ assignments }) => assignments.length);
    assert.ok(
      rebalances.every((count) => count <= 4),
      `${rebalances} assignments`,
    );
  });
});
