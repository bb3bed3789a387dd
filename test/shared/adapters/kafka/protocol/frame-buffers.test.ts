import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameBuffers } from '../../../../../shared/adapters/kafka/protocol/frame-buffers.js';

const SPARE = 65_536;

test('a buffer that is given back is used again, one that is in use never', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ bytes: fc.integer({ min: 0, max: 40_000 }), back: fc.nat(9) }), { maxLength: 60 }),
      (calls) => {
        const buffers = new FrameBuffers(SPARE);
        const used: Buffer[] = [];
        for (const { bytes, back } of calls) {
          const taken = buffers.take(bytes);
          assert.equal(taken.length, bytes);
          if (bytes > 0) assert.ok(used.every((one) => one.length === 0 || one.buffer !== taken.buffer));
          used.push(taken);
          const [returned] = used.splice(back, 1);
          if (returned !== undefined) buffers.giveBack(returned.buffer);
        }
      },
    ),
  );
  const buffers = new FrameBuffers(SPARE);
  const first = buffers.take(10_000);
  buffers.giveBack(first.buffer);
  assert.equal(buffers.take(16_000).buffer, first.buffer);
});

test('no more is kept than allowed, and nothing of others', () => {
  const buffers = new FrameBuffers(SPARE);
  const taken = Array.from({ length: 5 }, () => buffers.take(16_384));
  for (const { buffer } of taken) buffers.giveBack(buffer);
  const again = Array.from({ length: 5 }, () => buffers.take(16_384));
  assert.equal(again.filter(({ buffer }) => taken.some((one) => one.buffer === buffer)).length, 4);
  const foreign = new ArrayBuffer(10_000);
  buffers.giveBack(foreign);
  assert.notEqual(buffers.take(10_000).buffer, foreign);
});
