import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { suggestions, taken } from '../../../../../services/dashboard/pages/rules/completion.js';

const texts = (text: string, on: 'window' | 'anomaly' = 'window', tags: readonly string[] = []) =>
  suggestions(text, text.length, on, tags).map((one) => one.text);

describe('what may follow in a condition', () => {
  it('are the figures of a window that begin as what is written', () => {
    assert.deepEqual(texts('m'), ['mean', 'min', 'max', 'metric', 'matches(']);
    assert.deepEqual(texts('mean > 3.0 && co'), ['count']);
    assert.deepEqual(texts('mean'), []);
  });

  it('are tags of the series behind tags, and fields behind anomaly', () => {
    assert.deepEqual(texts('tags.', 'window', ['host', 'shop']), ['host', 'shop']);
    assert.deepEqual(texts('tags.s', 'window', ['host', 'shop']), ['shop']);
    assert.deepEqual(texts('anomaly.sc', 'anomaly'), ['score']);
    assert.deepEqual(texts('anomaly.sc', 'window'), []);
  });

  it('is nothing within a text, in a number or where nothing is written', () => {
    for (const text of ['tags.host == "me', 'mean > 30', '', 'mean > '])
      assert.deepEqual(texts(text), [], text);
  });

  it('stands in the place of what was begun, wherever the caret is, and nothing else changes', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (text, at) => {
        const caret = Math.min(at, text.length);
        for (const one of suggestions(text, caret, 'window', ['host'])) {
          const next = taken(text, caret, one);
          assert.ok(next.text.slice(0, next.caret).endsWith(one.text));
          assert.equal(next.text.slice(next.caret), text.slice(caret));
          assert.ok(text.startsWith(next.text.slice(0, next.caret - one.text.length)));
        }
      }),
    );
  });
});
