import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runWatermark } from './watermark/watermark.js';

const LAST_LINES = 9;

describe('stream time under faults', { timeout: 300_000 }, () => {
  it('makes no point late that reached ingest.metrics in time, with all of ingest away for a while', async () => {
    const lines: string[] = [];
    const sound = await runWatermark({
      ...{ rounds: { outage: 1 }, outageMs: 15_000, inTime: false, slowClock: false },
      ...{ seed: Date.now() % 1_000_000, rate: 1_000 },
      say: (line) => {
        lines.push(line);
      },
    });
    assert.ok(sound, lines.join('\n'));
    process.stdout.write(`${lines.slice(-LAST_LINES).join('\n')}\n`);
  });
});
