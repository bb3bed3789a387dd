import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { keyIdOf, makeKeyText } from '../../../shared/security/key-text.js';

describe('the text of a key', () => {
  it('names its id, and no two are alike', () => {
    const made = Array.from({ length: 1_000 }, makeKeyText);
    for (const { id, text } of made) {
      assert.match(text, /^tactus_[a-z2-7]{12}_[0-9A-Za-z]{49}$/);
      assert.ok(text.startsWith(`tactus_${id}_`));
      assert.equal(keyIdOf(text), id);
    }
    assert.equal(new Set(made.map(({ text }) => text)).size, made.length);
    assert.equal(new Set(made.map(({ id }) => id)).size, made.length);
  });

  it('is recognised as mistyped when a character is another one, is missing, is there twice or two are swapped', () => {
    const { text } = makeKeyText();
    const places = fc.nat(text.length - 1);
    fc.assert(
      fc.property(places, fc.constantFrom(...'09azAZ_-%'), (at, other) => {
        const mistyped = [
          text.slice(0, at) + other + text.slice(at + 1),
          text.slice(0, at) + text.slice(at + 1),
          text.slice(0, at) + text[at] + text.slice(at),
          text.slice(0, at) + (text[at + 1] ?? '') + text[at] + text.slice(at + 2),
        ];
        for (const one of mistyped) assert.equal(keyIdOf(one), one === text ? keyIdOf(text) : null, one);
      }),
    );
  });

  it('is no other text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 100 }), (text) => keyIdOf(text) === null));
  });
});
