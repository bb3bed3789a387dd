import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postOf } from '../../../../services/alerting/notify/payloads.js';
import { linesOf, sentenceOf, titleOf } from '../../../../services/alerting/notify/text.js';
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
