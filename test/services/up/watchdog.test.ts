import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Watchdog } from '../../../services/up/watchdog.js';

/** Probes once a second from `from` to `to`; when and for how long the worker was silent, or null. */
function silent(dog: Watchdog, from: number, to: number): [at: number, ms: number] | null {
  for (let at = from; at <= to; at += 1_000) {
    const ms = dog.probed('silent', at);
    if (ms !== null) return [at, ms];
  }
  return null;
}

test('a worker that answered and then does not for 20 s has hung', () => {
  const dog = new Watchdog(0);
  assert.equal(dog.probed('alive', 1_000), null);
  assert.deepEqual(silent(dog, 2_000, 60_000), [21_000, 20_000]);
  assert.equal(dog.lastAnswerAt, 1_000);
});

test('an answer in between begins the wait anew', () => {
  const dog = new Watchdog(0);
  dog.probed('alive', 1_000);
  assert.equal(silent(dog, 2_000, 20_000), null);
  assert.equal(dog.probed('alive', 21_000), null);
  assert.equal(silent(dog, 22_000, 40_000), null);
});

test('a worker may take a minute until its first answer', () => {
  assert.deepEqual(silent(new Watchdog(0), 1_000, 100_000), [60_000, 60_000]);
});

test('the time for which the watching process itself stood still is not held against the worker', () => {
  const dog = new Watchdog(0);
  dog.probed('alive', 1_000);
  assert.equal(dog.probed('silent', 3_600_000), null);
  assert.equal(dog.probed('alive', 3_601_000), null);
});

test('a worker that says for a minute on end that it is not alive is to be replaced', () => {
  const dog = new Watchdog(0);
  for (let at = 1_000; at < 60_000; at += 1_000) assert.equal(dog.probed('dead', at), null);
  assert.equal(dog.probed('alive', 60_000), null);
  for (let at = 61_000; at < 120_000; at += 1_000) assert.equal(dog.probed('dead', at), null);
  assert.equal(dog.probed('dead', 120_000), 60_000);
});
