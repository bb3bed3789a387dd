import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AssignerProtocol, type Cluster } from 'kafkajs';
import { MembershipWatch } from '../../../../../shared/adapters/kafka/consume/membership.js';
import type { Assignment } from '../../../../../shared/ports/log.js';

interface Coordinator {
  joinGroup(request: object): Promise<unknown>;
  syncGroup(request: object): Promise<unknown>;
  heartbeat(request: object): Promise<unknown>;
  leaveGroup(request: object): Promise<unknown>;
  offsetCommit(request: object): Promise<unknown>;
  isConnected(): boolean;
}

const SILENT_MS = 50;

/** A coordinator that assigns partition 0 of `in`, or fails as the test says. */
function setUp() {
  const assigned: Assignment[] = [];
  let failure: Error | null = null;
  const memberAssignment = AssignerProtocol.MemberAssignment.encode({
    ...{ version: 0, assignment: { in: [0] }, userData: Buffer.alloc(0) },
  });
  const coordinator: Coordinator = {
    joinGroup: async () => ({}),
    syncGroup: async () => {
      if (failure !== null) throw failure;
      return { memberAssignment };
    },
    heartbeat: async () => ({}),
    leaveGroup: async () => ({}),
    offsetCommit: async () => ({}),
    isConnected: () => false,
  };
  let present = coordinator;
  let unknown: Error | null = null;
  const cluster = {
    findGroupCoordinator: async () => {
      if (unknown !== null) throw unknown;
      return present;
    },
    refreshMetadata: async () => {},
  };
  const watch = new MembershipWatch(
    async () => {},
    (assignment) => void assigned.push(assignment),
    SILENT_MS,
  );
  const logger = undefined as never;
  watch.assigner()({ cluster: cluster as unknown as Cluster, groupId: 'group', logger });
  const found = () => cluster.findGroupCoordinator();
  const join = async (generationId: number) => {
    await (await found()).joinGroup({});
    await (await found()).syncGroup({ memberId: 'm', generationId });
  };
  return {
    assigned,
    join,
    heartbeat: async () => (await found()).heartbeat({}),
    found,
    /** Nobody knows who coordinates the group until the function that it returns is called. */
    lose: (error: Error) => {
      unknown = error;
      return () => {
        unknown = null;
      };
    },
    /** Another broker coordinates the group; the one before answers so, and the other one as well until it has taken over. */
    move: (answer: () => Promise<unknown>, hasTakenOver = () => true) => {
      const asked: string[] = [];
      const requests = ['heartbeat', 'offsetCommit', 'leaveGroup'] as const;
      present = { ...coordinator };
      for (const name of requests) {
        coordinator[name] = answer;
        present[name] = async () => (hasTakenOver() ? asked.push(name) : await answer());
      }
      return asked;
    },
    fail: (error: Error | null) => {
      failure = error;
    },
  };
}

describe('the membership of a group', () => {
  it('is known as soon as the group has assigned partitions, in each generation', async () => {
    const { assigned, join, heartbeat } = setUp();
    for (const generation of [1, 2, 4]) await join(generation);
    await heartbeat();
    assert.deepEqual(
      assigned.map(({ membership, continuous }) => [membership.generationId, continuous]),
      [
        [1, false],
        [2, true],
        [4, false],
      ],
    );
  });

  it('is asked for anew when the connection was lost while it was being assigned', async () => {
    const { assigned, join, heartbeat, fail } = setUp();
    await join(1);
    fail(new Error('the connection was closed'));
    await assert.rejects(join(2), /connection/);
    await assert.rejects(heartbeat(), { type: 'REBALANCE_IN_PROGRESS' });
    fail(null);
    await join(3);
    await heartbeat();
    assert.equal(assigned.at(-1)?.continuous, false, 'another may have had the partitions meanwhile');
  });

  const answers: Readonly<Record<string, () => Promise<unknown>>> = {
    'says so': () => Promise.reject(failureOf({ type: 'NOT_COORDINATOR_FOR_GROUP' })),
    'is gone': () => Promise.reject(failureOf({ name: 'KafkaJSConnectionError' })),
    'stands still': () => new Promise(() => {}),
  };
  for (const [how, answer] of Object.entries(answers))
    it(`goes on at another coordinator when the one before ${how}`, async () => {
      const { join, found, move } = setUp();
      await join(1);
      // kafkajs keeps the broker that it has joined through.
      const kept = await found();
      const asked = move(answer);
      await kept.heartbeat({});
      await kept.heartbeat({});
      await kept.leaveGroup({});
      assert.deepEqual(asked, ['heartbeat', 'heartbeat', 'leaveGroup']);
    });

  it('commits offsets at another coordinator, and keeps no broker in its place', async () => {
    const { join, found, move } = setUp();
    await join(1);
    const kept = await found();
    const asked = move(() => Promise.reject(failureOf({ type: 'NOT_COORDINATOR_FOR_GROUP' })));
    assert.equal(kept.isConnected(), true, 'kafkajs connects to the broker of before otherwise');
    await kept.offsetCommit({});
    assert.deepEqual(asked, ['offsetCommit']);
  });

  it('does not begin anew while a broker is found that does not coordinate the group yet', async () => {
    const { join, found, move } = setUp();
    await join(1);
    const kept = await found();
    let ready = false;
    const refuse = () => Promise.reject(failureOf({ type: 'NOT_COORDINATOR_FOR_GROUP' }));
    const asked = move(refuse, () => ready);
    // kafkajs joins the group again for an error of this type, and repeats a heartbeat for any other.
    await assert.rejects(kept.heartbeat({}), ({ type }: { type?: string }) => type === undefined);
    ready = true;
    await kept.heartbeat({});
    assert.deepEqual(asked, ['heartbeat']);
  });

  it('does not end while nobody coordinates the group', async () => {
    const { join, found, move, lose } = setUp();
    await join(1);
    const kept = await found();
    const regain = lose(failureOf({ name: 'KafkaJSNumberOfRetriesExceeded' }));
    const asked = move(() => Promise.reject(failureOf({ name: 'KafkaJSConnectionError' })));
    await assert.rejects(kept.heartbeat({}), { name: 'KafkaJSConnectionError' });
    regain();
    await kept.heartbeat({});
    assert.deepEqual(asked, ['heartbeat']);
  });

  it('ends when the coordinator says so', async () => {
    const { join, found, move } = setUp();
    await join(1);
    const kept = await found();
    const asked = move(() => Promise.reject(failureOf({ type: 'UNKNOWN_MEMBER_ID' })));
    await assert.rejects(kept.heartbeat({}), { type: 'UNKNOWN_MEMBER_ID' });
    assert.deepEqual(asked, []);
  });
});

function failureOf(fields: { readonly name?: string; readonly type?: string }): Error {
  return Object.assign(new Error('not now'), fields);
}
