import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AssignerProtocol, type Cluster } from 'kafkajs';
import { MembershipWatch } from '../../../../../shared/adapters/kafka/consume/membership.js';
import type { Assignment } from '../../../../../shared/ports/log.js';

interface Coordinator {
  joinGroup(request: object): Promise<unknown>;
  syncGroup(request: object): Promise<unknown>;
  heartbeat(request: object): Promise<unknown>;
}

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
  };
  const cluster = {
    findGroupCoordinator: async () => coordinator,
    refreshMetadata: async () => {},
  };
  const watch = new MembershipWatch(
    async () => {},
    (assignment) => void assigned.push(assignment),
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
});
