import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KINDS } from './faults.js';
import { TIME_KINDS, type WatermarkRounds } from './watermark/faults.js';
import { runWatermark } from './watermark/watermark.js';

const LAST_LINES = 9;
const NONE = Object.fromEntries([...KINDS, ...TIME_KINDS].map((kind) => [kind, 0])) as WatermarkRounds;

describe('stream time under faults', { timeout: 300_000 }, () => {
  it('makes no point late that reached ingest.metrics in time, with all of ingest away for a while', async () => {
    const lines: string[] = [];
    const sound = await runWatermark({
      ...{ rounds: { ...NONE, outage: 1 }, outageMs: 15_000, inTime: false, slowClock: false },
      ...{ seed: Date.now() % 1_000_000, rate: 1_000 },
      say: (line) => {
        lines.push(line);
      },
    });
    assert.ok(sound, lines.join('\n'));
    process.stdout.write(`${lines.slice(-LAST_LINES).join('\n')}\n`);
  });
});
