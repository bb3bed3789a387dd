import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { matching } from '../../../../services/dashboard/shell/matching.js';

const names = (text: string, all: readonly string[]) => matching(text, all, (one) => one);

it('finds what has the letters in their order, the closest first', () => {
  const all = ['Go to Rules', 'Explore system.cpu.usage', 'Go to Quality', 'Theme: dark'];
  assert.deepEqual(names('qual', all), ['Go to Quality']);
  assert.deepEqual(names('cpu', all), ['Explore system.cpu.usage']);
  assert.deepEqual(names('gorul', all), ['Go to Rules']);
  assert.deepEqual(names('zzz', all), []);
  assert.deepEqual(names(' ', all), all);
});

it('finds each name by itself', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.nat(), (all, at) => {
      const one = all[at % all.length] as string;
      assert.ok(names(one, all).includes(one));
    }),
  );
});
