import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Rounds } from './faults.js';
import { runIntegrity } from './run.js';
import type { Scenario } from './scenario.js';

const LAST_LINES = 6;

/** The test of a worker under a few faults, for every run of all tests. */
export function shortForm(scenario: Scenario, promise: string, rounds: Rounds): void {
  describe(`${scenario.name} under faults`, { timeout: 300_000 }, () => {
    it(promise, async () => {
      const lines: string[] = [];
      const sound = await runIntegrity(scenario, {
        rounds,
        seed: Date.now() % 1_000_000,
        rate: 1_000,
        say: (line) => {
          lines.push(line);
        },
      });
      assert.ok(sound, lines.join('\n'));
      process.stdout.write(`${lines.slice(-LAST_LINES).join('\n')}\n`);
    });
  });
}
