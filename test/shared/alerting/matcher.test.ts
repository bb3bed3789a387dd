import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Labels, parseMatcher } from '../../../shared/alerting/matcher.js';

function takes(text: string, labels: Labels): boolean {
  const matcher = parseMatcher(text);
  assert.ok(typeof matcher !== 'string', `${text} must be ${String(matcher)}`);
  const again = parseMatcher(matcher.text);
  assert.ok(typeof again !== 'string' && again.text === matcher.text, matcher.text);
  assert.equal(again.matches(labels), matcher.matches(labels), 'its text says the same');
  return matcher.matches(labels);
}

test('escapes of a pattern stand for themselves, also beside those of the text', () => {
  const web = { host: 'the web server' };
  assert.ok(takes('host=~".*\\bweb\\b.*"', web));
  assert.ok(!takes('host=~".*\\bweb\\b.*"', { host: 'the cobweb' }));
  assert.ok(takes('host=~"web\\\\.\\d+"', { host: 'web.12' }));
  assert.ok(takes('host=~"a \\"\\w\\" b"', { host: 'a "c" b' }));
  assert.ok(takes('host=~"\\d+"', { host: '12' }));
});

test('other escapes are those of JSON, and the text of a matcher says what it takes, whatever that holds', () => {
  assert.ok(takes('host="a\\nb\\tc\\\\d \\u00e9\\/"', { host: 'a\nb\tc\\d é/' }));
  assert.ok(takes('host="\\u0008"', { host: '\b' }));
  assert.ok(takes('host="\\b"', { host: '\\b' }));
  for (const host of ['\\b', '\\\\d', '\\u0008', '"', '\f\u0000\u001f', '\ud800', 'a"\\"', '\u2028'])
    assert.ok(takes(`host=${JSON.stringify(host)}`, { host }), host);
});
