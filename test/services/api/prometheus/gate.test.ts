import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Gate } from '../../../../services/api/prometheus/gate.js';

const never = new AbortController().signal;

describe('the gate', () => {
  it('lets so many run at once, and the others in order', async () => {
    const gate = new Gate(2, 60_000);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const all = [0, 1, 2, 3].map((i) =>
      gate.run(never, async () => {
        begun.push(i);
        await new Promise<void>((resolve) => ends.push(resolve));
      }),
    );
    await new Promise(setImmediate);
    assert.deepEqual(begun, [0, 1]);
    ends[0]?.();
    await all[0];
    await new Promise(setImmediate);
    assert.deepEqual(begun, [0, 1, 2]);
    for (let i = 1; i < 4; i++) {
      ends[i]?.();
      await all[i];
      await new Promise(setImmediate);
    }
    assert.deepEqual(begun, [0, 1, 2, 3]);
  });

  it('refuses whoever waits too long or has gone, and keeps their places', async () => {
    const gate = new Gate(1, 5);
    let end = () => {};
    const first = gate.run(never, async () => await new Promise<void>((resolve) => (end = resolve)));
    await assert.rejects(
      gate.run(never, async () => {}),
      /TACTUS_API_PROMQL_MAX_QUERIES/,
    );
    const gone = new AbortController();
    const left = gate.run(gone.signal, async () => {});
    gone.abort();
    await assert.rejects(left, /the client has gone/);
    end();
    await first;
    assert.equal(await gate.run(never, async () => 7), 7);
  });
});
