import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import type { InternalBroker, InternalCluster } from '../../../../../shared/adapters/kafka/internals.js';
import { Brokers } from '../../../../../shared/adapters/kafka/produce/brokers.js';
import { finalizedFeatures } from '../../../../../shared/adapters/kafka/protocol/api-versions.js';

const COMMIT_MS = 10_000;

describe('a request to a coordinator', () => {
  it('leaves time for the broker that takes the place of one that stands still', async () => {
    const coordinators = ['still', 'next'];
    const cluster = {
      findGroupCoordinator: async () => coordinators.shift(),
      isConnected: () => true,
      refreshMetadata: async () => {},
    };
    const brokers = new Brokers(cluster as unknown as InternalCluster, pino({ level: 'silent' }));
    const patience = new Map<string, number>();
    brokers.send = async (broker: InternalBroker, _: unknown, silentMs: number) => {
      const name = String(broker);
      patience.set(name, silentMs);
      if (name === 'still') throw new Error(`no answer within ${silentMs} ms`);
      return 'answered' as never;
    };
    const to = { of: 'transaction', id: 'a' } as const;
    const answer = await brokers.ask<unknown>(to, finalizedFeatures(), performance.now() + COMMIT_MS);
    assert.equal(answer, 'answered');
    assert.deepEqual([...patience.keys()], ['still', 'next']);
    assert.ok((patience.get('still') as number) < COMMIT_MS / 2, `${patience.get('still')} ms`);
  });
});
