import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { AbandonedTransactions } from '../../../../../shared/adapters/kafka/produce/abandoned-transactions.js';
import type { Brokers, Coordinator } from '../../../../../shared/adapters/kafka/produce/brokers.js';
import type { MemberData } from '../../../../../shared/adapters/kafka/protocol/member-data.js';
import type { PartsRequest } from '../../../../../shared/adapters/kafka/protocol/requests.js';
import { until } from '../../../../support/until.js';

const member = (transactionalId?: string): MemberData => ({
  ...{ topics: [], generation: 1, owned: {}, transactionalId },
});

/** Looks for them among these, until some that are wanted were aborted; `members` is what the group says each time, null while it assigns partitions anew. */
async function abort(open: readonly string[], members: (readonly MemberData[] | null)[], wanted: string) {
  const initialised: string[] = [];
  const looks = new Map<string, number>();
  const brokers = {
    cluster: { getNodeIds: () => ['1'], findBroker: async () => ({}) },
    send: async () => open,
    ask: async ({ id }: Coordinator, { apiName }: PartsRequest<unknown>) => {
      if (apiName === 'InitProducerId') return void initialised.push(id);
      if (apiName === 'DescribeGroups') {
        const said = (members.length > 1 ? members.shift() : members[0]) ?? null;
        return said === null
          ? { state: 'PreparingRebalance', members: [] }
          : { state: 'Stable', members: said };
      }
      const times = (looks.get(id) ?? 0) + 1;
      looks.set(id, times);
      return id === 'g/busy' ? BigInt(times) : 1n;
    },
  };
  const abandoned = new AbandonedTransactions(brokers as unknown as Brokers, 'g', pino({ level: 'silent' }));
  const began = performance.now();
  abandoned.end('g/own');
  await until('the one that is to be aborted', () => initialised.includes(wanted));
  const tookMs = performance.now() - began;
  await abandoned.close();
  return { initialised, looks: [...looks.keys()], tookMs };
}

describe('transactions that were left open', { timeout: 20_000 }, () => {
  it('are aborted at once where they are of the same group, do not end, and belong to no member', async () => {
    const open = [
      'g/own',
      'g/slow',
      'g/slow-renamed',
      'g/busy',
      'g-notifier/other',
      'other/killed',
      'g/killed',
    ];
    const members = [member('g/own'), member('g/slow')];
    const { initialised, looks, tookMs } = await abort(open, [members], 'g/killed');
    assert.deepEqual(initialised, ['g/killed'], 'what a member is at is not');
    assert.deepEqual(looks, ['g/slow', 'g/slow-renamed', 'g/busy', 'g/killed']);
    assert.ok(tookMs < 1_500, `${tookMs} ms`);
  });

  for (const [why, before] of [
    ['a member does not say which are its own', [member('g/own'), member()]],
    ['the group assigns partitions anew', null],
  ] as const)
    it(`are waited for where ${why}`, async () => {
      const after = [member('g/own'), member('g/slow')];
      const { initialised, tookMs } = await abort(['g/slow', 'g/killed'], [before, after], 'g/killed');
      assert.deepEqual(initialised, ['g/killed']);
      assert.ok(tookMs > 1_500, `${tookMs} ms`);
    });
});
