import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OF_PARAMETERS, readAsked, readMessage } from '../../../../services/api/live/protocol.js';
import { TactusError } from '../../../../shared/core/errors.js';

test('messages are read, with what is not said', () => {
  assert.deepEqual(readMessage('ping'), { type: 'ping' });
  assert.deepEqual(readMessage('{"type":"unsubscribe","id":"a"}'), { type: 'unsubscribe', id: 'a' });
  assert.deepEqual(readMessage('{"type":"subscribe"}'), {
    type: 'subscribe',
    id: null,
    asked: { tenantId: null, metrics: ['*'], tags: {}, kinds: new Set(['metrics', 'anomalies', 'alerts']) },
  });
  assert.deepEqual(
    readMessage(
      '{"type":"subscribe","id":"a","tenantId":"t","metric":"cpu.*","tags":{"h":"1"},"kinds":["windows"]}',
    ),
    {
      type: 'subscribe',
      id: 'a',
      asked: { tenantId: 't', metrics: ['cpu.*'], tags: { h: '1' }, kinds: new Set(['windows']) },
    },
  );
});

test('a mistake is named with the field, the value and what is allowed', () => {
  const mistakes: [string, string][] = [
    ['hello', 'the message is neither JSON nor the text ping'],
    ['[]', 'the message must be a JSON object with a type'],
    ['{"type":"x"}', 'type: value was "x"; allowed is auth, subscribe, unsubscribe or ping'],
    ['{}', 'type: value was missing; allowed is auth, subscribe, unsubscribe or ping'],
    ['{"type":"auth","token":7}', 'token: value was "…"; allowed is a text of 1 to 4096 characters'],
    ['{"type":"subscribe","metrics":[]}', 'metrics: value was []; allowed is 1 to 100 names or globs'],
    ['{"type":"subscribe","metrics":[1]}', 'metrics: value was 1; allowed is a text of 1 to 256 characters'],
    ['{"type":"subscribe","tags":{"a":1}}', 'tags.a: value was 1; allowed is a text of 1 to 256 characters'],
    ['{"type":"subscribe","tags":[]}', 'tags: value was []; allowed is an object of name to text'],
    [
      '{"type":"subscribe","kinds":["events"]}',
      'kinds: value was "events"; allowed is a list of metrics, windows, anomalies, alerts',
    ],
    [
      '{"type":"subscribe","tag":{}}',
      '"tag" is not known here; allowed are type, id, tenantId, metric, metrics, tags, kinds',
    ],
    [
      `{"type":"subscribe","metrics":${JSON.stringify(Array.from({ length: 11 }, (_, i) => `${i}*`))}}`,
      'metrics: value was ["0*","1*","2*","3*","4*","5*","6*","7*","8*","9*","10*"]; allowed is at most 10 globs',
    ],
    [
      '{"type":"subscribe","metric":"a?*0123456789?123456*b"}',
      'metrics: value was "a?*0123456789?123456*b"; allowed is at most 16 characters between two * where a ? is among them',
    ],
  ];
  for (const [text, message] of mistakes)
    assert.throws(() => readMessage(text), { name: 'TactusError', message });
});

test('a mistake in a parameter is named as the parameter is', () => {
  const mistakes: [object, string][] = [
    [{ metrics: [''] }, 'metric: value was ""; allowed is a text of 1 to 256 characters'],
    [{ tags: { a: '' } }, 'tag.a: value was ""; allowed is a text of 1 to 256 characters'],
    [
      { kinds: ['events'] },
      'kind: value was "events"; allowed is a list of metrics, windows, anomalies, alerts',
    ],
  ];
  for (const [fields, message] of mistakes)
    assert.throws(() => readAsked({ ...fields }, OF_PARAMETERS), { name: 'TactusError', message });
});

test('whatever is sent is read or refused', () => {
  const fields = fc.record(
    {
      type: fc.constantFrom('subscribe', 'unsubscribe', 'auth', 'ping', 'other'),
      ...{ id: fc.anything(), token: fc.anything(), tenantId: fc.anything(), metric: fc.anything() },
      ...{ metrics: fc.anything(), tags: fc.anything(), kinds: fc.anything() },
    },
    { requiredKeys: [] },
  );
  const messages = fc.oneof(
    fc.string(),
    fc.json(),
    fields.map((each) => JSON.stringify(each)),
  );
  fc.assert(
    fc.property(messages, (text) => {
      try {
        readMessage(text);
      } catch (error) {
        assert.ok(error instanceof TactusError);
      }
    }),
  );
});
