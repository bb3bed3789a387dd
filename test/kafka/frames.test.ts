import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FrameReader } from '../../shared/adapters/kafka/protocol/frames.js';

const MAX = 1_000;

describe('FrameReader', () => {
  it('cuts responses out of chunks, however the chunks are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 30 }),
        (payloads, cuts) => {
          const stream = Buffer.concat(
            payloads.flatMap((payload) => {
              const size = Buffer.alloc(4);
              size.writeInt32BE(payload.length);
              return [size, payload];
            }),
          );
          const reader = new FrameReader();
          const frames: Buffer[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const length = cuts[i % cuts.length] as number;
            // The socket's buffer may be filled anew after each chunk; only finished responses may see it.
            reader.push(Buffer.from(stream.subarray(at, at + length)), MAX, (frame) =>
              frames.push(Buffer.from(frame)),
            );
            at += length;
          }
          assert.deepEqual(
            frames.map((frame) => [...frame]),
            payloads.map((payload) => [...payload]),
          );
        },
      ),
    );
  });

  it('refuses a response that says to be longer than is allowed, or shorter than nothing', () => {
    for (const size of [MAX + 1, -1]) {
      const head = Buffer.alloc(4);
      head.writeInt32BE(size);
      assert.throws(() => new FrameReader().push(head, MAX, () => {}), new RegExp(`of ${size} bytes`));
    }
  });
});
