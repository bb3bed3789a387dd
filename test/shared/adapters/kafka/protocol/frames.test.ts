import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FrameReader } from '../../../../../shared/adapters/kafka/protocol/frames.js';

const MAX = 1_000;

describe('FrameReader', () => {
  it('cuts responses out of chunks and of reads, however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 30 }),
        fc.boolean(),
        (payloads, cuts, direct) => {
          const stream = Buffer.concat(
            payloads.flatMap((payload) => {
              const size = Buffer.alloc(4);
              size.writeInt32BE(payload.length);
              return [size, payload];
            }),
          );
          const frames: Buffer[] = [];
          const reader = new FrameReader((frame) => frames.push(frame), MAX, 16);
          for (let at = 0, before = 0, i = 0; at < stream.length; i++) {
            const length = cuts[i % cuts.length] as number;
            if (direct) {
              const room = reader.room();
              at += stream.copy(room, 0, at, at + Math.min(length, room.length));
              reader.took(at - before, room);
            } else {
              reader.push(stream.subarray(at, at + length));
              at += length;
            }
            before = at;
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
      assert.throws(() => new FrameReader(() => {}, MAX).push(head), new RegExp(`of ${size} bytes`));
    }
  });
});
