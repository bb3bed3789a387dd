import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { pino } from 'pino';
import type { Brokers } from '../../../../../shared/adapters/kafka/produce/brokers.js';
import { TransactionSession } from '../../../../../shared/adapters/kafka/produce/transaction-session.js';
import { transactionVersion } from '../../../../../shared/adapters/kafka/produce/transaction-version.js';
import { FlexibleReader } from '../../../../../shared/adapters/kafka/protocol/flexible.js';
import type { PartsRequest } from '../../../../../shared/adapters/kafka/protocol/requests.js';

const group = {
  groupId: 'group',
  membership: { memberId: '', generationId: -1 },
  offsets: [{ topic: 'in', partition: 0, offset: 1, metadata: '' }],
};
const features = (epoch: bigint, version: number) => ({
  epoch,
  levels: new Map([['transaction.version', version]]),
});

/** Brokers that answer what the test says, and a session on them; `asked` has the identity of each request. */
function sessionOn(answers: Record<string, unknown[]>, version?: 1 | 2) {
  const asked: string[] = [];
  const answer = async (_: unknown, { apiName, apiVersion, parts }: PartsRequest<unknown>) => {
    const next = answers[apiName]?.shift();
    if (apiName === 'EndTxn') {
      const reader = new FlexibleReader(Buffer.concat([...parts]));
      reader.compactString();
      asked.push(`EndTxn ${reader.int64()} ${reader.int16()}`);
    } else asked.push(`${apiName} v${apiVersion}`);
    if (next instanceof Error) throw next;
    return next;
  };
  const cluster = {
    getNodeIds: () => ['1', '2'],
    findBroker: async ({ nodeId }: { nodeId: string }) => nodeId,
  };
  const brokers = { unanswered: 0, cluster, ask: answer, send: answer };
  const log = pino({ level: 'silent' });
  const ownId = () => 'group/a-own';
  const options = { transactionalId: 'group/a', ownId, codec: 'none' as const, log, version };
  return { brokers, asked, session: new TransactionSession(brokers as unknown as Brokers, options) };
}

const DEADLINE = Number.POSITIVE_INFINITY;
const commit = async (session: TransactionSession) => {
  await session.ready(DEADLINE);
  await session.write([], group, DEADLINE);
  await session.commit(DEADLINE);
};

describe('the session of a transactional producer', () => {
  it('goes on with a new producer id when the epochs of one are used up', async () => {
    const { session, asked } = sessionOn(
      {
        InitProducerId: [{ producerId: 7n, epoch: 32_766 }],
        EndTxn: [
          { producerId: 8n, epoch: 0 },
          { producerId: 8n, epoch: 1 },
        ],
      },
      2,
    );
    await commit(session);
    await commit(session);
    assert.deepEqual(asked, [
      ...['InitProducerId v5', 'TxnOffsetCommit v5', 'EndTxn 7 32766'],
      ...['TxnOffsetCommit v5', 'EndTxn 8 0'],
    ]);
  });

  it('begins a new epoch in version 1 when a request of the transaction stayed unanswered', async () => {
    const identities = [1, 2].map((epoch) => ({ producerId: 7n, epoch }));
    const { session, asked, brokers } = sessionOn(
      { InitProducerId: identities, EndTxn: [null, null, null] },
      1,
    );
    await commit(session);
    await session.ready(DEADLINE);
    await session.write([], group, DEADLINE);
    brokers.unanswered += 1;
    await session.commit(DEADLINE);
    await commit(session);
    const transaction = ['AddOffsetsToTxn v3', 'TxnOffsetCommit v3'];
    assert.deepEqual(asked, [
      ...['InitProducerId v4', ...transaction, 'EndTxn 7 1', ...transaction, 'EndTxn 7 1'],
      ...['InitProducerId v4', ...transaction, 'EndTxn 7 2'],
    ]);
  });

  it('begins a new epoch after an abort in version 1, and goes on with the next one in version 2', async () => {
    for (const [version, next, wanted] of [
      [1, null, 2],
      [2, { producerId: 7n, epoch: 2 }, 1],
    ] as const) {
      const identities = [1, 2].map((epoch) => ({ producerId: 7n, epoch }));
      const { session, asked } = sessionOn({ InitProducerId: identities, EndTxn: [next] }, version);
      await session.ready(DEADLINE);
      await session.abort();
      await session.ready(DEADLINE);
      assert.equal(asked.filter((each) => each.startsWith('InitProducerId')).length, wanted);
    }
  });

  it('follows what the cluster supports', async () => {
    const identities = [1, 2].map((epoch) => ({ producerId: 7n, epoch }));
    const { session, asked } = sessionOn({
      ApiVersions: [features(3n, 1), features(4n, 2), features(5n, 1), new Error('away')],
      InitProducerId: identities,
    });
    await session.ready(DEADLINE);
    session.forget();
    await session.ready(DEADLINE);
    assert.deepEqual(
      asked.filter((each) => each.startsWith('InitProducerId')),
      ['InitProducerId v5', 'InitProducerId v4'],
    );
  });

  it('begins anew under another version, also when that fails at first', async (t) => {
    const both = (version: number) => [features(1n, version), features(1n, version)];
    const { session, asked } = sessionOn({
      ApiVersions: [...both(1), ...both(2), ...both(2)],
      InitProducerId: [{ producerId: 7n, epoch: 1 }, new Error('away'), { producerId: 7n, epoch: 2 }],
    });
    await session.ready(DEADLINE);
    const later = performance.now() + 61_000;
    t.mock.method(performance, 'now', () => later);
    await assert.rejects(session.ready(DEADLINE), /away/);
    await session.ready(DEADLINE);
    assert.deepEqual(
      asked.filter((each) => each.startsWith('InitProducerId')),
      ['InitProducerId v4', 'InitProducerId v5', 'InitProducerId v5'],
    );
  });

  describe('that is fenced three times within two minutes', () => {
    /** How it ends, where something happens in each transaction before it is fenced. */
    async function fencedThrice(t: TestContext, happens: (brokers: { unanswered: number }) => number) {
      const identities = [1, 2, 3].map((epoch) => ({ producerId: 7n, epoch }));
      const { session, brokers } = sessionOn({ InitProducerId: identities }, 2);
      let passed = 0;
      const real = performance.now.bind(performance);
      t.mock.method(performance, 'now', () => real() + passed);
      const codes: string[] = [];
      for (let i = 0; i < 3; i++) {
        await session.ready(DEADLINE);
        await session.write([], group, DEADLINE);
        passed += happens(brokers);
        codes.push(session.fenced(new Error('fenced')).code);
        // As long as it waits before it initialises the id again.
        passed += 5_000;
      }
      return { codes, id: session.transactionalId };
    }

    it('goes on under an id of its own, since another instance must have the same', async (t) => {
      const { codes, id } = await fencedThrice(t, () => 10);
      assert.deepEqual([codes.at(-1), id], ['TACTUS_INSTANCE_ID_SHARED', 'group/a-own']);
    });

    for (const [what, happens] of [
      [
        'brokers left requests unanswered',
        (brokers: { unanswered: number }) => {
          brokers.unanswered += 1;
          return 10;
        },
      ],
      ['the transactions stood still, and new owners aborted them', () => 4_000],
    ] as const)
      it(`keeps its id where ${what}`, async (t) => {
        const { codes, id } = await fencedThrice(t, happens);
        assert.deepEqual([codes, id], [Array(3).fill('TACTUS_KAFKA_UNAVAILABLE'), 'group/a']);
      });
  });

  it('does not know what the cluster supports when no broker answers', async () => {
    const { brokers } = sessionOn({ ApiVersions: [new Error('away'), new Error('away')] });
    assert.equal(await transactionVersion(brokers as unknown as Brokers), null);
  });
});
