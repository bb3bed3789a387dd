import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runGatewayIntegrity } from './gateway/gateway.js';

const LAST_LINES = 20;
const SHORT = {
  ...{ connections: 100, series: 20_000, bombMib: 64, chunks: 200_000, quotaSeconds: 2 },
  ...{ requestTimeoutMs: 2_000, atFirstMs: 1_000, pause: { from: 100, to: 1_000 } },
};
const ROUNDS = { kill: 1, broker: 1, redis: 1, slow: 1, series: 1, bombs: 1, quota: 1 };

describe('gateway under faults and hostile senders', { timeout: 480_000 }, () => {
  it('has everything that it acknowledged in its outputs once, and the others are not held up', async () => {
    const lines: string[] = [];
    const sound = await runGatewayIntegrity({
      ...{ rounds: ROUNDS, size: SHORT, seed: 15, rate: 1_000 },
      say: (line) => {
        lines.push(line);
      },
    });
    assert.ok(sound, lines.join('\n'));
    process.stdout.write(`${lines.slice(-LAST_LINES).join('\n')}\n`);
  });
});
