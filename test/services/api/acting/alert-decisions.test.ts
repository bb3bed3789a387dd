import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlertControl } from '../../../../schemas/types.js';
import { AlertDecisions } from '../../../../services/api/acting/alert-decisions.js';

const NOW = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;

const silence = (id: string, matcher: string): AlertControl => ({
  ...{ id, kind: 'silence', matchers: [matcher], author: 'ann', comment: '', tenantId: 't' },
  ...{ createdAt: NOW, startsAt: NOW, endsAt: NOW + MINUTE },
});

function decisionsOf(controls: Readonly<Record<string, AlertControl>>): AlertDecisions {
  const decisions = new AlertDecisions(new Map(Object.entries(controls)));
  for (const [key, control] of Object.entries(controls)) decisions.changed(key, control, NOW);
  return decisions;
}

describe('an acknowledgement', () => {
  const decisions = decisionsOf({
    'ack|f': { ...silence('f', ''), kind: 'acknowledgement', matchers: [], endsAt: NOW },
  });
  const on = (state: 'firing' | 'resolved', startsAt: number, updatedAt: number) =>
    decisions.on({ fingerprint: 'f', tenantId: 't', labels: {}, state, startsAt, updatedAt }, NOW)
      .acknowledged;

  it('is of the time that the alert went up in which it was given', () => {
    assert.equal(on('firing', NOW - MINUTE, NOW - MINUTE), true);
    assert.equal(on('resolved', NOW - MINUTE, NOW + MINUTE), true);
  });

  it('is not of one that came later, nor of one that was over before', () => {
    assert.equal(on('firing', NOW + MINUTE, NOW + MINUTE), false);
    assert.equal(on('resolved', NOW - 3 * MINUTE, NOW - 2 * MINUTE), false);
  });
});

describe('a silence that is changed', () => {
  it('has the room of what it takes the place of', () => {
    const large = (id: string, letter: string) => silence(id, `host=~"([a-z]{1,30}){1,10}${letter}"`);
    const decisions = decisionsOf({
      'silence|a': large('a', 'a'),
      'silence|b': large('b', 'b'),
      'silence|c': large('c', 'c'),
    });
    assert.match(decisions.problemOf(large('d', 'd'), NOW) ?? '', /at most 1000 in number and 2000 instr/);
    assert.equal(decisions.problemOf(large('c', 'x'), NOW), null);
    assert.match(decisions.problemOf(large('d', 'd'), NOW) ?? '', /end others/, 'what is in force stays so');
  });
});
