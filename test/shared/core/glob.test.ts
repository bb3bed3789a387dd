import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { globMatcher, slowParts } from '../../../shared/core/glob.js';

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

test('a glob that was made to take long takes as many steps as there are characters', () => {
  const hostile = globMatcher(`*${'a'.repeat(127)}b*${'a'.repeat(127)}c*`);
  const name = 'a'.repeat(100_000);
  const began = performance.now();
  for (let i = 0; i < 100; i++) assert.equal(hostile(name), false);
  // Ten million steps, and not 127 times as many.
  assert.ok(performance.now() - began < 1_000);
  assert.deepEqual(slowParts('a?*b?c*d*e?'), ['b?c']);
});
