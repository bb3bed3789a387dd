import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  begun,
  changed,
  type History,
  redone,
  undone,
} from '../../../../../../services/dashboard/pages/dashboards/model/history.js';

const MOST = 100;

describe('the history of a layout', () => {
  it('is that of a list of states with a place in it', () => {
    const steps = fc.array(fc.oneof(fc.constant('undo'), fc.constant('redo'), fc.nat()), { maxLength: 300 });
    fc.assert(
      fc.property(steps, (all) => {
        let history: History<number> = begun(-1);
        let states = [-1];
        let at = 0;
        for (const step of all) {
          if (step === 'undo') {
            history = undone(history);
            at = Math.max(0, at - 1);
          } else if (step === 'redo') {
            history = redone(history);
            at = Math.min(states.length - 1, at + 1);
          } else {
            history = changed(history, step as number);
            states = [...states.slice(0, at + 1), step as number].slice(-MOST - 1);
            at = states.length - 1;
          }
          assert.deepEqual([...history.past, history.present, ...history.future], states);
          assert.equal(history.present, states[at]);
        }
      }),
    );
  });

  it('forgets the oldest states at its bound', () => {
    let history = begun(0);
    for (let i = 1; i <= 500; i += 1) history = changed(history, i);
    assert.equal(history.past.length, MOST);
    for (let i = 0; i < 500; i += 1) history = undone(history);
    assert.equal(history.present, 400);
  });
});
