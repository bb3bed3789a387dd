import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runIntegrity } from './run.js';

describe('windowing under faults', { timeout: 300_000 }, () => {
  it('emits every window and every late point exactly once', async () => {
    const lines: string[] = [];
    const sound = await runIntegrity({
      rounds: { kill: 2, zombie: 2, scale: 4, broker: 1 },
      seed: Date.now() % 1_000_000,
      pointsPerSecond: 1_000,
      say: (line) => {
        lines.push(line);
      },
    });
    assert.ok(sound, lines.join('\n'));
    process.stdout.write(`${lines.slice(-6).join('\n')}\n`);
  });
});
