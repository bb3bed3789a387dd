import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFaultOptions, USAGE } from './options.js';
import { everyFault, nameOf } from './plan.js';

test('without options every fault comes, and half an hour of them at random', () => {
  const { faults, minutes, each, short, markdown } = readFaultOptions([]);
  assert.equal(faults.length, everyFault().length);
  assert.deepEqual([minutes, each, short, markdown], [30, true, false, null]);
});

test('options choose faults, times, seed and rate', () => {
  const args = [
    '--only',
    'redis:cut',
    '--minutes',
    '0',
    '--seed',
    '7',
    '--rate',
    '50',
    '--markdown',
    'a.md',
    '--fresh',
    '30',
  ];
  const { faults, ...rest } = readFaultOptions([...args, '--random-only']);
  assert.deepEqual(faults.map(nameOf), ['redis:cut']);
  assert.deepEqual(rest, {
    ...{
      minutes: 0,
      each: false,
      short: false,
      seed: 7,
      rate: 50,
      freshS: 30,
      markdown: 'a.md',
      help: false,
    },
  });
});

test('what is not in the usage is refused', () => {
  for (const args of [
    ['--rate', '0'],
    ['--fresh', '5'],
    ['--minutes', '1.5'],
    ['--seed', 'x'],
    ['--only', 'nobody'],
    ['more'],
  ])
    assert.throws(() => readFaultOptions(args));
  for (const name of ['minutes', 'random-only', 'short', 'only', 'seed', 'rate', 'fresh', 'markdown', 'help'])
    assert.match(USAGE, new RegExp(`--${name}\\b`));
});
