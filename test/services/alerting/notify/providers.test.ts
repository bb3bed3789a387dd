import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { AwsV4Signer } from 'aws4fetch';
import type { Attempt, ChannelSettings } from '../../../../services/alerting/notify/channel.js';
import type { Notification } from '../../../../services/alerting/notify/notification.js';
import { senderOf } from '../../../../services/alerting/notify/senders.js';
import { alertTargets } from '../../../../services/alerting/notify/targets.js';
import {
  type ChannelTemplate,
  compileChannelTemplate,
} from '../../../../services/alerting/notify/templates/template.js';
import { withWatchedTemplates } from '../../../../services/alerting/notify/watched-templates.js';
import { EPOCH } from '../../../shared/alerting/helpers.js';
import { alertOf, notificationOf, resolved } from './helpers.js';
import { HttpReceiver } from './receivers.js';

const template = (source: string) => compileChannelTemplate(source) as ChannelTemplate;
const RUNBOOK = 'https://runbooks.example/hot';
const hot = notificationOf(
  [
    alertOf('a', {
      severity: 'critical',
      annotations: { summary: 'a is [hot](http://x) @everyone', runbook_url: RUNBOOK },
    }),
  ],
  [resolved(alertOf('b'))],
);
const over = notificationOf([], [resolved(alertOf('a'))]);
const common = { name: 'ops', timeoutMs: 2_000, maxPerMinute: 60, sendResolved: true };
const TITLE = '[FIRING: 1] Hot (tenant=acme)';
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:alerts';

describe('the stand-in for', () => {
  let http: HttpReceiver;
  const paths: string[] = [];
  before(async () => {
    http = await HttpReceiver.start();
  });
  beforeEach(() => {
    http.answer = (response) => {
      paths.push(response.req.url ?? '');
      response.writeHead(202).end();
    };
  });
  after(() => http.stop());

  const settingsOf = (): Record<string, ChannelSettings> => ({
    teams: { ...common, type: 'teams', url: http.url },
    discord: { ...common, type: 'discord', url: http.url },
    telegram: { ...common, type: 'telegram', url: http.url, botToken: '12:tOkEn', chatId: '-100' },
    opsgenie: { ...common, type: 'opsgenie', url: http.url, apiKey: 'genie-key' },
    sns: {
      ...{ ...common, type: 'sns', url: http.url, region: 'eu-west-1', topicArn: TOPIC },
      ...{ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' },
    },
    custom: {
      ...{
        ...common,
        type: 'custom',
        url: http.url,
        contentType: 'application/json',
        authorization: 'Bearer s3cret',
      },
      body: template('{"title": {{ .GroupLabels.alertname | toJson }}, "firing": {{ len .Alerts.Firing }}}'),
    },
    slack: { ...common, type: 'slack', url: http.url },
    pagerduty: { ...common, type: 'pagerduty', url: http.url, routingKey: 'k'.repeat(32) },
    webhook: { ...common, type: 'webhook', url: http.url, authorization: '' },
  });
  const notify = async (type: string, more: object = {}, about: Notification = hot): Promise<Attempt> => {
    const settings = { ...settingsOf()[type], ...more } as ChannelSettings;
    return await senderOf(settings, alertTargets('127.0.0.0/8'))(about, EPOCH, new AbortController().signal);
  };
  const last = () => http.last.body;

  it('a workflow of Microsoft Teams gets a message with an adaptive card, whose labels cannot pass for links', async () => {
    assert.equal((await notify('teams', { externalUrl: 'https://t.example' })).outcome, 'delivered');
    const text = { type: 'TextBlock', wrap: true };
    assert.deepEqual(last(), {
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            ...{ type: 'AdaptiveCard', version: '1.4', msteams: { width: 'Full' } },
            body: [
              { ...text, text: TITLE, weight: 'Bolder', size: 'Medium', color: 'Attention' },
              { ...text, text: 'critical: a is [hot] (http://x) @everyone [a]', spacing: 'Small' },
              { ...text, text: 'resolved: b is hot [b]', spacing: 'Small' },
            ],
            actions: [{ type: 'Action.OpenUrl', title: 'Open', url: 'https://t.example/alerts' }],
          },
        },
      ],
    });
  });

  it('a card has no more bytes than Microsoft Teams takes, whatever is in the labels', async () => {
    for (const summary of ['a\n'.repeat(5_000), '漢'.repeat(11_000), '](\n'.repeat(3_000)]) {
      const text = template('{{ .CommonAnnotations.summary }}');
      await notify('teams', { text }, notificationOf([alertOf('a', { annotations: { summary } })]));
      assert.ok(Buffer.byteLength(http.posts.at(-1)?.text ?? '') <= 28_000);
      const [{ content }] = last().attachments as [{ content: { body: { text: string }[] } }];
      assert.match(content.body.at(-1)?.text ?? '', /\.\.\.$/);
    }
  });

  it('Discord gets an embed that mentions nobody', async () => {
    assert.equal((await notify('discord')).outcome, 'delivered');
    assert.deepEqual(last(), {
      embeds: [
        {
          title: TITLE,
          description: 'critical: a is [hot] (http://x) @everyone [a]\nresolved: b is hot [b]',
          color: 0xd00000,
        },
      ],
      allowed_mentions: { parse: [] },
    });
    const long = alertOf('a', { annotations: { summary: '😀'.repeat(400) } });
    await notify('discord', {}, notificationOf(Array.from({ length: 20 }, () => long)));
    const { embeds } = last() as { embeds: [{ description: string }] };
    assert.ok(embeds[0].description.length <= 4_096 && embeds[0].description.isWellFormed());
  });

  it("Telegram gets plain text at its bot's address, which no reason shows", async () => {
    assert.equal((await notify('telegram')).outcome, 'delivered');
    assert.equal(paths.at(-1), '/hook/bot12:tOkEn/sendMessage');
    assert.deepEqual(last(), {
      chat_id: '-100',
      text: `${TITLE}\ncritical: a is [hot](http://x) @everyone [a]\nresolved: b is hot [b]`,
      link_preview_options: { is_disabled: true },
      disable_notification: false,
    });
    const half = alertOf('a', { annotations: { summary: `${'a'.repeat(599)}😀` } });
    await notify('telegram', {}, notificationOf([half]));
    assert.ok(String(last().text).isWellFormed());
    http.answer = (response) => response.destroy();
    assert.doesNotMatch(JSON.stringify(await notify('telegram')), /tOkEn/);
  });

  it('Telegram asks to wait in what its answer holds, for an hour at most', async () => {
    const cases: [string, number | null][] = [
      ['{"ok":false,"error_code":429,"parameters":{"retry_after":35}}', 35_000],
      ['{"parameters":{"retry_after":1e300}}', 3_600_000],
      ['{"parameters":{"retry_after":-1}}', null],
      ['{"parameters":{"retry_after":"35"}}', null],
      ['null', null],
      ['{"parameters":', null],
    ];
    for (const [body, retryAfterMs] of cases) {
      http.answer = (response) => response.writeHead(429).end(body);
      const expected = { outcome: 'failed', reason: 'it answered 429', retryAfterMs };
      assert.deepEqual(await notify('telegram'), expected, body);
    }
    http.answer = (response) => response.writeHead(429, { 'retry-after': '7' }).end(cases[0]?.[0]);
    assert.deepEqual(await notify('telegram'), {
      ...{ outcome: 'failed', reason: 'it answered 429', retryAfterMs: 7_000 },
    });
  });

  it('Opsgenie gets an alert for each group, and its end by the same alias', async () => {
    assert.equal((await notify('opsgenie')).outcome, 'delivered');
    assert.equal(paths.at(-1), '/hook/v2/alerts');
    assert.equal(http.last.headers.authorization, 'GenieKey genie-key');
    const { alias, ...alert } = last();
    assert.match(String(alias), /^[0-9a-f]{64}$/);
    assert.deepEqual(alert, {
      message: TITLE,
      description: 'critical: a is [hot](http://x) @everyone [a]\nresolved: b is hot [b]',
      ...{ source: 'Tactus', priority: 'P1', tags: ['critical', 'acme'] },
      details: { alertname: 'Hot', tenant: 'acme', runbook_url: RUNBOOK },
    });
    await notify('opsgenie', {}, over);
    assert.equal(paths.at(-1), `/hook/v2/alerts/${String(alias)}/close?identifierType=alias`);
    assert.deepEqual(last(), { source: 'Tactus' });
  });

  it('SNS gets what a library of its signatures signs in the same way', async () => {
    assert.equal((await notify('sns')).outcome, 'delivered');
    const { headers, text: body } = http.posts.at(-1) ?? assert.fail();
    const form = new URLSearchParams(body);
    assert.deepEqual(
      ['Action', 'Version', 'TopicArn', 'Subject', 'Message'].map((name) => form.get(name)),
      [
        ...['Publish', '2010-03-31', TOPIC, TITLE],
        'critical: a is [hot](http://x) @everyone [a]\nresolved: b is hot [b]',
      ],
    );
    const signer = new AwsV4Signer({
      ...{ method: 'POST', url: http.url, body, service: 'sns', region: 'eu-west-1' },
      ...{ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' },
      headers: { 'content-type': String(headers['content-type']) },
      datetime: String(headers['x-amz-date']),
      allHeaders: true,
    });
    const signed = await signer.sign();
    assert.equal(headers.authorization, signed.headers.get('authorization'));
    await notify('sns', { topicArn: `${TOPIC}.fifo` });
    const fifo = new URLSearchParams(http.posts.at(-1)?.text);
    assert.deepEqual([fifo.get('MessageDeduplicationId'), fifo.has('MessageGroupId')], [hot.id, true]);
  });

  it('anything else gets the body that its template makes', async () => {
    assert.equal((await notify('custom')).outcome, 'delivered');
    assert.deepEqual(last(), { title: 'Hot', firing: 1 });
    const { headers } = http.last;
    assert.deepEqual(
      [headers['content-type'], headers.authorization, headers['idempotency-key']],
      [...['application/json', 'Bearer s3cret', hot.id]],
    );
  });

  it('a long body is sent whole, and one that is too long in other words: a part of one would be refused', async () => {
    const many = (summary: string) =>
      notificationOf(Array.from({ length: 100 }, (_, i) => alertOf(`a${i}`, { annotations: { summary } })));
    const body = compileChannelTemplate('{{ .Alerts | toJson }}', 'body');
    await notify('custom', { body }, many('x'.repeat(1_000)));
    assert.equal((JSON.parse(http.posts.at(-1)?.text ?? '') as unknown[]).length, 100);
    await notify('custom', { body }, many('x'.repeat(2_500)));
    assert.match(String(last().title), /^\[FIRING: 100\] Hot/);
  });

  it('every provider gets the words of its templates, and what is sent without them where one takes too long', async () => {
    const words = {
      title: template('{{ .Status | toUpper }} at last'),
      text: template('all of {{ .CommonLabels.tenant }}'),
    };
    for (const [type, where] of [
      ['teams', ['FIRING at last', 'all of acme']],
      ['discord', ['FIRING at last', 'all of acme']],
      ['telegram', ['FIRING at last\\nall of acme']],
      ['opsgenie', ['FIRING at last', 'all of acme']],
      ['slack', ['FIRING at last', 'all of acme']],
      ['pagerduty', ['FIRING at last', 'all of acme']],
    ] as const) {
      await notify(type, words);
      for (const text of where) assert.ok(http.posts.at(-1)?.text.includes(`"${text}"`), `${type}: ${text}`);
    }
    await notify('sns', words);
    assert.equal(new URLSearchParams(http.posts.at(-1)?.text).get('Subject'), 'FIRING at last');
    const slow = ['{{ range $.Alerts }}'.repeat(7), 'x', '{{ end }}'.repeat(7)].join('');
    const many = notificationOf(Array.from({ length: 100 }, (_, i) => alertOf(`a${i}`)));
    const failed: string[] = [];
    const watched = (type: string, more: object) =>
      withWatchedTemplates({ ...settingsOf()[type], ...more } as ChannelSettings, (part) =>
        failed.push(part),
      );
    await notify('telegram', watched('telegram', { title: template(slow), text: template('fine') }), many);
    assert.match(String(last().text), /^\[FIRING: 100\] Hot.*\nfine$/);
    await notify('custom', watched('custom', { body: template(slow) }), many);
    assert.match(String(last().title), /^\[FIRING: 100\] Hot/);
    assert.deepEqual(failed, ['title', 'body']);
  });

  it('the labels of the installation and links to it are in what is sent', async () => {
    await notify('webhook', {
      externalUrl: 'https://t.example',
      externalLabels: { cluster: 'eu', host: 'none' },
    });
    const { externalURL, alerts } = last() as { externalURL: string; alerts: Record<string, unknown>[] };
    assert.equal(externalURL, 'https://t.example');
    const [first] = alerts as [{ labels: Record<string, string>; generatorURL: string }];
    assert.deepEqual(
      [first.labels.cluster, first.labels.host, first.generatorURL],
      ['eu', 'a', 'https://t.example/alerts/a'],
    );
    await notify('pagerduty', { externalUrl: 'https://t.example' });
    assert.deepEqual(
      [last().client_url, last().links],
      [...['https://t.example/alerts', [{ href: RUNBOOK, text: 'Runbook' }]]],
    );
  });

  for (const type of [
    'teams',
    'discord',
    'telegram',
    'opsgenie',
    'sns',
    'custom',
    'slack',
    'pagerduty',
    'webhook',
  ])
    it(`${type} may ask to wait, refuse the content or the key, fail, and say nothing`, async () => {
      const cases: [number, Record<string, string>, Attempt][] = [
        [429, { 'retry-after': '7' }, { outcome: 'failed', reason: 'it answered 429', retryAfterMs: 7_000 }],
        [400, {}, { outcome: 'refused', reason: 'it answered 400' }],
        [403, {}, { outcome: 'failed', reason: 'it answered 403', retryAfterMs: null }],
        [503, {}, { outcome: 'failed', reason: 'it answered 503', retryAfterMs: null }],
      ];
      for (const [status, headers, expected] of cases) {
        http.answer = (response) => response.writeHead(status, headers).end('{}');
        assert.deepEqual(await notify(type), expected);
      }
      http.answer = () => {};
      const silent = await notify(type, { timeoutMs: 50 });
      assert.ok(silent.outcome === 'failed' && /no answer within 50 ms$/.test(silent.reason));
    });
});
