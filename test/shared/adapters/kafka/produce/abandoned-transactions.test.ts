import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { AbandonedTransactions } from '../../../../../shared/adapters/kafka/produce/abandoned-transactions.js';
import type { Brokers, Coordinator } from '../../../../../shared/adapters/kafka/produce/brokers.js';
import type { PartsRequest } from '../../../../../shared/adapters/kafka/protocol/requests.js';
import { until } from '../../../../support/until.js';

describe('transactions that were left open', { timeout: 20_000 }, () => {
  it('are aborted where they are of the same group and another instance, and do not end', async () => {
    const initialised: string[] = [];
    const looks = new Map<string, number>();
    const brokers = {
      cluster: { getNodeIds: () => ['1'], findBroker: async () => ({}) },
      send: async () => ['g/own', 'g/killed', 'g/busy', 'g-notifier/other', 'other/killed'],
      ask: async ({ id }: Coordinator, { apiName }: PartsRequest<unknown>) => {
        if (apiName === 'InitProducerId') return void initialised.push(id);
        const times = (looks.get(id) ?? 0) + 1;
        looks.set(id, times);
        return id === 'g/busy' ? BigInt(times) : 1n;
      },
    };
    const abandoned = new AbandonedTransactions(
      brokers as unknown as Brokers,
      'g',
      pino({ level: 'silent' }),
    );
    abandoned.end('g/own');
    await until('the second look', () => looks.get('g/busy') === 2);
    await abandoned.close();
    assert.deepEqual([initialised, [...looks.keys()]], [['g/killed'], ['g/killed', 'g/busy']]);
  });
});
