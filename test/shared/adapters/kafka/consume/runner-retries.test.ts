import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import '../../../../../shared/adapters/kafka/consume/runner-retries.js';
import { until } from '../../../../support/until.js';

const require = createRequire(import.meta.url);
const Runner = require('kafkajs/src/consumer/runner.js') as new (
  options: object,
) => { start(): Promise<void>; stop(): Promise<void> };
const Emitter = require('kafkajs/src/instrumentation/emitter.js') as new () => object;
const { KafkaJSError } = require('kafkajs/src/errors.js') as {
  KafkaJSError: new (message: string, options: { retriable: boolean }) => Error;
};

const RETRIES = 3;
const MANY = RETRIES * 4;
const logger = { namespace: () => logger, debug() {}, error() {}, info() {}, warn() {} };

/** A consumer of which `answered` in a row succeed between two failures. */
function consumerThat(answered: number, retriable = true) {
  const crashes: Error[] = [];
  const seen = { failures: 0, succeeded: 0 };
  const consumerGroup = {
    ...{ groupId: 'group', memberId: 'member', lastRequest: 0 },
    ...{ connect: async () => {}, joinAndSync: async () => {}, leave: async () => {}, getNodeIds: () => [1] },
    fetch: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      if (seen.succeeded >= answered * (seen.failures + 1)) {
        seen.failures += 1;
        throw new KafkaJSError('not connected', { retriable });
      }
      seen.succeeded += 1;
      return [];
    },
    heartbeat: async () => {
      consumerGroup.lastRequest += 1;
    },
  };
  const runner = new Runner({
    ...{ logger, consumerGroup, instrumentationEmitter: new Emitter(), heartbeatInterval: 0 },
    ...{ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => {} },
    retry: { initialRetryTime: 1, maxRetryTime: 2, retries: RETRIES },
    onCrash: (error: Error) => void crashes.push(error),
  });
  return { runner, crashes, seen };
}

describe('failures of a consumer', () => {
  it('do not end its membership, however many there are, where the group has answered between them', async () => {
    const { runner, crashes, seen } = consumerThat(2);
    await runner.start();
    await until('many failures, or its end', () => seen.failures > MANY || crashes.length > 0);
    await runner.stop();
    assert.deepEqual(crashes, []);
  });

  it('end it when there are too many in a row', async () => {
    const { runner, crashes, seen } = consumerThat(0);
    await runner.start();
    await until('its end', () => crashes.length > 0);
    assert.equal(seen.failures, RETRIES + 1);
  });

  it('end it when they are final, also where the group has answered', async () => {
    const { runner, crashes, seen } = consumerThat(2, false);
    await runner.start();
    await until('its end', () => crashes.length > 0);
    assert.equal(seen.failures, 1);
  });
});
