import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { afterEach, describe, it } from 'node:test';
import '../../../../shared/adapters/kafka/request-queue.js';

interface Queue {
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  inflight: Map<number, unknown>;
  push(request: object): void;
  checkPendingRequests(): void;
  destroy(): void;
  scheduleRequestTimeoutCheck(): void;
}

const HEARTBEAT = 12;

const require = createRequire(import.meta.url);
const RequestQueue = require('kafkajs/src/network/requestQueue/index.js') as new (options: object) => Queue;

describe('the queue of requests of kafkajs', () => {
  const logger = { debug: () => {}, error: () => {} };
  const sent: string[] = [];
  const queue = new RequestQueue({ maxInFlightRequests: 1, requestTimeout: 1_000, logger });
  const push = (apiName: string, correlationId: number) =>
    queue.push({
      entry: { apiKey: 0, apiVersion: 0, apiName, correlationId, resolve: () => {}, reject: () => {} },
      expectResponse: true,
      requestTimeout: 1_000,
      sendRequest: () => sent.push(apiName),
    });
  afterEach(() => queue.destroy());

  it('sets no timer while nothing waits, and one for what does', async () => {
    push('first', 1);
    queue.checkPendingRequests();
    assert.equal(queue.throttleCheckTimeoutId, null);

    push('second', 2);
    assert.notEqual(queue.throttleCheckTimeoutId, null);
    assert.deepEqual(sent, ['first']);

    queue.inflight.clear();
    while (sent.length === 1) await new Promise((done) => setTimeout(done, 1));
    assert.deepEqual(sent, ['first', 'second']);
    assert.equal(queue.throttleCheckTimeoutId, null);
  });

  for (const [name, apiKey] of [
    ['Metadata', 3],
    ['FindCoordinator', 10],
  ] as const)
    it(`gives ${name} up soon, which another broker answers as well`, (t) => {
      t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
      const failed: string[] = [];
      const patient = new RequestQueue({
        ...{ maxInFlightRequests: 2, requestTimeout: 30_000, enforceRequestTimeout: true, logger },
      });
      patient.scheduleRequestTimeoutCheck();
      for (const [correlationId, key] of [apiKey, HEARTBEAT].entries())
        patient.push({
          entry: {
            ...{ apiKey: key, apiVersion: 0, apiName: String(key), correlationId },
            ...{ resolve: () => {}, reject: () => failed.push(String(key)) },
          },
          ...{ expectResponse: true, sendRequest: () => {} },
        });
      t.mock.timers.tick(6_000);
      assert.deepEqual(failed, [String(apiKey)]);
      t.mock.timers.tick(30_000);
      assert.deepEqual(failed, [String(apiKey), String(HEARTBEAT)]);
      patient.destroy();
    });
});
