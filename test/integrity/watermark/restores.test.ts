import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { restoresIn } from './restores.js';

describe('restores in the log of a worker', () => {
  it('are the lines of their event and topic, in order; other lines are passed over', () => {
    const line = (fields: object) => JSON.stringify({ level: 'info', ...fields });
    const output = [
      line({ event: 'restored', topic: 'x.metrics', partition: 3, msg: 'state restored: x.metrics[3]' }),
      line({ event: 'restored', topic: 'x.events', partition: 4 }),
      line({ event: 'restored', topic: 'x.metrics' }),
      line({ event: 'joined', topic: 'x.metrics', partition: 5, msg: '"restored"' }),
      'no JSON with "restored"',
      line({ event: 'restored', topic: 'x.metrics', partition: 0 }),
      line({ event: 'restored', topic: 'x.metrics', partition: 3 }),
    ].join('\n');
    assert.deepEqual(restoresIn(output, 'x.metrics'), [3, 0, 3]);
  });
});
