import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { globMatcher } from '../../../shared/core/glob.js';

test('a glob matches whole names: * any characters, ? one, be it of two units, and nothing else is special', () => {
  const text = (characters: string[]) =>
    fc.array(fc.constantFrom(...characters), { maxLength: 12 }).map((all) => all.join(''));
  const names = text(['a', 'b', '.', '😀', '\n', '*']);
  fc.assert(
    fc.property(text(['a', 'b', '.', '😀', '*', '*', '?']), names, (glob, name) => {
      const source = glob.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
      assert.equal(globMatcher(glob)(name), new RegExp(`^${source}$`, 'su').test(name));
    }),
    { numRuns: 5_000 },
  );
});

test('a glob that was made to take long takes at most as many steps as name times glob', () => {
  const hostile = globMatcher(`*${'a'.repeat(127)}b*`);
  const began = performance.now();
  for (let i = 0; i < 100; i++) assert.equal(hostile('a'.repeat(256)), false);
  // 3.3 million steps.
  assert.ok(performance.now() - began < 5_000);
});
