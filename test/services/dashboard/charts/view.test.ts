import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { between, keyAction, panned, zoomedAround } from '../../../../services/dashboard/charts/view.js';

const span = { start: 100, end: 200 };

describe('the view of a chart', () => {
  it('is zoomed around a moment, which stays where it is', () => {
    assert.deepEqual(zoomedAround(span, 120, 1 / 2, 1_000), { start: 110, end: 160 });
    assert.deepEqual(zoomedAround(span, 120, 2, 1_000), { start: 80, end: 280 });
  });

  it('does not go beyond now, and keeps its length when it is moved', () => {
    assert.deepEqual(zoomedAround(span, 120, 2, 210), { start: 80, end: 210 });
    assert.deepEqual(panned(span, 30, 210), { start: 110, end: 210 });
    assert.deepEqual(panned(span, -30, 210), { start: 70, end: 170 });
  });

  it('takes a drag in both directions', () => {
    assert.deepEqual(between(5, 3), { start: 3, end: 5 });
  });
});

describe('keyAction', () => {
  it('leaves keys of the browser and of the shell alone', () => {
    assert.equal(keyAction('ArrowLeft', { other: true }), null);
    assert.equal(keyAction('g'), null);
    assert.equal(keyAction('Tab'), null);
  });

  it('moves, selects, zooms, pins and returns', () => {
    assert.deepEqual(keyAction('ArrowLeft'), { does: 'move', steps: -1 });
    assert.deepEqual(keyAction('ArrowRight', { shift: true }), { does: 'select', steps: 1 });
    assert.deepEqual(keyAction('+', { shift: true }), { does: 'zoom', factor: 0.5 });
    assert.deepEqual(keyAction('-'), { does: 'zoom', factor: 2 });
    assert.deepEqual(keyAction('PageUp'), { does: 'pan', share: -0.5 });
    assert.deepEqual(keyAction('Enter'), { does: 'pin' });
    assert.deepEqual(keyAction('Backspace'), { does: 'back' });
  });
});
