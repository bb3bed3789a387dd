import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bytesOf, dumpOf, textOf } from '../../../../../services/dashboard/pages/dead-letters/decoded.js';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

describe('the bytes of a dead letter', () => {
  it('are what base64 stands for, all of them in the dump', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        assert.deepEqual(bytesOf(base64(bytes)), bytes);
        const hex = dumpOf(bytes, 1_000)
          .map((line) => line.hex.trim())
          .join(' ')
          .trim();
        assert.equal(hex.replaceAll(' ', ''), Buffer.from(bytes).toString('hex'));
      }),
    );
  });

  it('are shown as far as there is room', () => {
    assert.equal(dumpOf(new Uint8Array(1_000), 3).length, 3);
  });

  it('are JSON with indents, text, or neither', () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    assert.equal(textOf(bytes('{"a":1}')), '{\n  "a": 1\n}');
    assert.equal(textOf(bytes('a line')), 'a line');
    assert.equal(textOf(Uint8Array.of(0xff, 0xfe)), null);
    assert.equal(textOf(Uint8Array.of(0, 0, 0, 1, 2)), null);
  });
});
