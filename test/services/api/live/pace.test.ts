import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../../../services/api/live/pace.js';

test('turns become rarer while sending takes much of the time, up to a bound, and then frequent again', () => {
  const pace = new Pace(100, 200, 0);
  let now = 0;
  const second = (share: number) => {
    for (const end = now + 1_000; now < end; ) {
      now += 10;
      pace.spent(10 * share, now);
    }
    return pace.intervalMs;
  };
  assert.equal(second(0.1), 100);
  assert.equal(second(0.4), 100);
  const [busy, busier] = [second(0.6), second(0.9)];
  assert.ok(busy > 100 && busy <= 200);
  assert.equal(busier, 200);
  assert.equal(second(0.3), 200, 'it does not swing to and fro');
  second(0.05);
  assert.equal(second(0.05), 100);
});
