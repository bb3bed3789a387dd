import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postOf } from '../../../../services/alerting/notify/payloads.js';
import { linesOf, sentenceOf, titleOf } from '../../../../services/alerting/notify/text.js';
import { withExternalLabels } from '../../../../services/alerting/notify/words.js';
import { silenceLine } from '../../../../services/cli/text/alerts.js';
import { EPOCH } from '../../../shared/alerting/helpers.js';
import { alertOf, notificationOf } from './helpers.js';

const FORGED = 'disk full\r\nresolved: everything\u2028is fine [f]\u0000\u009b31m';

test('what senders chose stays in the line of its alert', () => {
  const alert = alertOf('a', {
    annotations: { summary: FORGED },
    labels: { alertname: 'Hot', host: FORGED },
  });
  const notification = notificationOf([alert]);
  assert.deepEqual(linesOf(notification), [
    `warning: disk full resolved: everything is fine [f] 31m [${alert.fingerprint}]`,
  ]);
  const grouped = { ...notification, groupLabels: { alertname: 'Hot', host: FORGED } };
  assert.equal(titleOf(grouped), '[FIRING: 1] Hot (host=disk full resolved: everything is fine [f] 31m)');
  const silence = {
    id: 'a',
    kind: 'silence' as const,
    matchers: ['a=b'],
    author: 'me',
    comment: FORGED,
    tenantId: '',
  };
  const line = silenceLine({ ...silence, startsAt: 0, endsAt: 0, createdAt: 0 });
  assert.match(line, /^silence a until 1970-.* by me: a=b disk full resolved: .*31m$/);
});

test('a message stays within what services take, however long the texts of its alerts are', () => {
  const long = 'x'.repeat(4_000);
  const alerts = Array.from({ length: 100 }, (_, i) => alertOf(`a${i}`, { annotations: { summary: long } }));
  assert.equal(sentenceOf(alerts[0] ?? assert.fail()), `${'x'.repeat(600)}...`);
  const post = postOf(
    {
      name: 'ops',
      timeoutMs: 1,
      maxPerMinute: 1,
      sendResolved: true,
      type: 'slack',
      url: 'https://a.example',
    },
    notificationOf(alerts),
    EPOCH,
  );
  // Slack refuses more than 40,000 characters.
  assert.ok(post.body.length < 20_000);
});

test('of a group of very many alerts those that are sent are looked at, and the others counted', () => {
  const unread = (fingerprint: string) =>
    Object.defineProperties(alertOf(fingerprint), {
      labels: { get: () => assert.fail('it is not sent') },
      annotations: { get: () => assert.fail('it is not sent') },
    });
  const alerts = Array.from({ length: 150 }, (_, i) => (i < 100 ? alertOf(`a${i}`) : unread(`a${i}`)));
  const common = {
    name: 'ops',
    timeoutMs: 1,
    maxPerMinute: 1,
    sendResolved: true,
    externalLabels: { a: 'b' },
  };
  const url = 'https://a.example';
  for (const [firing, resolved] of [
    [alerts, []],
    [[], alerts],
  ] as const) {
    const notification = withExternalLabels(common, notificationOf([...firing], [...resolved]));
    for (const own of [
      { type: 'slack', url },
      { type: 'pagerduty', url, routingKey: 'k' },
      { type: 'opsgenie', url, apiKey: 'k' },
      { type: 'webhook', url, authorization: '' },
    ] as const)
      assert.ok(postOf({ ...common, ...own }, notification, EPOCH).body.length < 100_000);
    assert.equal(linesOf(notification).at(-1), 'and 130 more');
  }
});
