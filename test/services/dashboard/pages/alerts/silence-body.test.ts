import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AS_IT_IS, silenceBody } from '../../../../../services/dashboard/pages/alerts/silence-body.js';

const matchers = ['host="a"'];
const changed = { startsAt: '2026-11-20T12:00:00.000Z', endsAt: '2026-11-27T12:00:00.000Z' };

describe('a silence as the form has it', () => {
  it('lasts from now, or from a moment', () => {
    const form = { matchers, lasting: '2h', startsAt: null, isAll: false };
    assert.deepEqual(silenceBody(form), { matchers, for: '2h' });
    assert.deepEqual(silenceBody({ ...form, startsAt: Date.UTC(2026, 10, 21), isAll: true }), {
      ...{ matchers, for: '2h', startsAt: '2026-11-21T00:00:00.000Z', all: true },
    });
  });

  it('ends when it did where something else of it is changed', () => {
    const form = { matchers, lasting: AS_IT_IS, startsAt: null, isAll: false };
    assert.deepEqual(silenceBody(form, { ...changed, active: true }), { matchers, endsAt: changed.endsAt });
    assert.deepEqual(silenceBody(form, { ...changed, active: false }), { matchers, ...changed });
    assert.deepEqual(silenceBody({ ...form, lasting: '1h' }, { ...changed, active: true }), {
      ...{ matchers, for: '1h' },
    });
  });
});
