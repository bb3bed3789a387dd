import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { latePointColumns } from '../../../../services/sink/rows/columns.js';
import { latePoint } from '../samples.js';

describe('the row of a late point', () => {
  it('has the starts of what it missed by the name of the definition, whatever it is called', () => {
    const missed = [
      { window: '10s', start: 0 },
      { window: 'constructor', start: 0 },
      { window: '__proto__', start: 10 },
      { window: '10s', start: 10 },
    ];
    const of = latePointColumns.find(({ name }) => name === 'missed')?.of;
    assert.equal(of?.(latePoint({ missed })), '{"10s":[0,10],"constructor":[0],"__proto__":[10]}');
  });
});
