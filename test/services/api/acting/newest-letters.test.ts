import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NewestLetters } from '../../../../services/api/acting/newest-letters.js';
import {
  ATTEMPTS_HEADER,
  attemptsOf,
  type StoredDeadLetter,
} from '../../../../shared/dead-letters/dead-letter.js';

function letterOf(number: number, value: Buffer | null): StoredDeadLetter {
  return {
    ...{ id: `0:${number}`, origin: null, tenantId: 't', replayed: null, decoded: { large: value } },
    letter: {
      ...{ topic: 'metrics', partition: 0, offset: number, key: Buffer.from('key'), value },
      ...{ error: 'TACTUS_X', message: 'no', worker: 'w', failedAt: number },
      headers: { [ATTEMPTS_HEADER]: Buffer.from('2'), other: Buffer.alloc(10) },
    },
  };
}

describe('the newest dead letters', () => {
  it('are as many as were asked for, newest first, whatever order they come in', () => {
    const newest = new NewestLetters(3);
    for (const number of [5, 1, 9, 3, 8, 2, 7, 4, 6]) newest.add(letterOf(number, null));
    assert.deepEqual(
      newest.letters().map(({ id }) => id),
      ['0:9', '0:8', '0:7'],
    );
    assert.equal(newest.total, 9);
  });

  it('are kept without what is not shown of them', () => {
    const newest = new NewestLetters(1);
    const value = Buffer.alloc(1_000_000, 7);
    newest.add(letterOf(1, value));
    const [kept] = newest.letters();
    assert.equal(kept?.letter.value?.length, 65_536);
    assert.notEqual(kept?.letter.value?.buffer, value.buffer, 'the whole value is not held by a part of it');
    assert.equal(kept?.decoded, null);
    assert.deepEqual(Object.keys(kept?.letter.headers ?? {}), [ATTEMPTS_HEADER]);
    assert.equal(kept === undefined ? 0 : attemptsOf(kept.letter), 2);
  });

  it('are fewer where they are large, and none is left out between two pages', () => {
    const letters = Array.from({ length: 400 }, (_, i) => letterOf(i, Buffer.alloc(100_000)));
    const newest = new NewestLetters(1_000);
    for (const one of letters) newest.add(one);
    const page = newest.letters();
    const bytes = page.reduce((sum, { letter }) => sum + (letter.value?.length ?? 0), 0);
    assert.ok(bytes <= 8 * 1_048_576 && page.length > 100, `${page.length} letters`);
    assert.deepEqual(
      page.map(({ id }) => id),
      letters
        .toReversed()
        .slice(0, page.length)
        .map(({ id }) => id),
    );
    assert.equal(newest.total, 400);
  });
});
