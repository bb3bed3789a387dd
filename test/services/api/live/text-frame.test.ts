import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ws from 'ws';
import { textFrame } from '../../../../services/api/live/text-frame.js';

test('a frame is what the library makes of the text, whatever its length', () => {
  const options = { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false };
  for (const length of [1, 125, 126, 127, 255, 256, 1_500, 65_535]) {
    const text = 'x'.repeat(length);
    // biome-ignore lint/suspicious/noExplicitAny: the types of the library leave it out
    const pieces = (ws as any).Sender.frame(Buffer.from(text), options) as Buffer[];
    assert.deepEqual(Buffer.from(textFrame(text) ?? '', 'latin1'), Buffer.concat(pieces), `${length}`);
  }
});

test('what is not ASCII, or too long, is left to the library', () => {
  for (const text of ['°C', 'é', '日', '\ud800', 'x'.repeat(65_536)]) assert.equal(textFrame(text), null);
});
