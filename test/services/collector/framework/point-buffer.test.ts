import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PointBuffer } from '../../../../services/collector/framework/point-buffer.js';
import { pointOf } from '../../../support/point.js';

const pointNumber = (id: number) => pointOf({ timestamp: id, value: id, id: String(id) });

test('a full buffer drops the oldest points and counts them', () => {
  let dropped = 0;
  const buffer = new PointBuffer(3, (count) => {
    dropped += count;
  });
  buffer.add([1, 2, 3, 4, 5].map(pointNumber));
  assert.equal(dropped, 2);
  assert.deepEqual(
    buffer.take(2).map((point) => point.value),
    [3, 4],
  );
  assert.equal(buffer.size, 1);
});

test('what could not be sent is sent first the next time', () => {
  const buffer = new PointBuffer(10, () => {});
  buffer.add([1, 2, 3].map(pointNumber));
  const taken = buffer.take(2);
  buffer.putBack(taken);
  assert.deepEqual(
    buffer.take(9).map((point) => point.value),
    [1, 2, 3],
  );
});

test('a wait for points ends with a point and with the stop', async () => {
  const buffer = new PointBuffer(10, () => {});
  const stop = new AbortController();
  const filled = buffer.filled(stop.signal);
  buffer.add([pointNumber(1)]);
  await filled;
  buffer.take(1);
  const stopped = buffer.filled(stop.signal);
  stop.abort();
  await stopped;
  assert.equal(buffer.size, 0);
});
