import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { Health } from '../../../shared/process/health.js';
import { checkedAtStart } from '../../../shared/process/start-check.js';

describe('a check at the start', () => {
  for (const [when, hasStarted] of [
    ['before', false],
    ['after', true],
  ] as const)
    it(`that fails ${when} the worker has started ${hasStarted ? 'does not end' : 'ends'} it`, async () => {
      const health = new Health();
      const failures: unknown[] = [];
      const context = {
        health,
        log: pino({ level: 'silent' }),
        fail: (error: unknown) => failures.push(error),
      };
      const error = new Error('refused');
      checkedAtStart(
        context,
        Promise.resolve().then(() => {
          if (hasStarted) health.started();
          throw error;
        }),
      );
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(failures, hasStarted ? [] : [error]);
    });
});
