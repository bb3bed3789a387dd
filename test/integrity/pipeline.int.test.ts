import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runPipeline } from './pipeline/pipeline.js';

const LAST_LINES = 24;

describe('the whole pipeline under faults', { timeout: 300_000 }, () => {
  it('ends with every point stored once and every window right, late points explained', async () => {
    const lines: string[] = [];
    const sound = await runPipeline({
      ...{ seconds: 24, rate: 400, seed: Date.now() % 1_000_000, shortWindows: true },
      say: (line) => {
        lines.push(line);
      },
    });
    assert.ok(sound, lines.join('\n'));
    process.stdout.write(`${lines.slice(-LAST_LINES).join('\n')}\n`);
  });
});
