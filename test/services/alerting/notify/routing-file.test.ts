import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseRouting } from '../../../../services/alerting/notify/routing-file.js';
import { type Matcher, parseMatcher, selectsAll } from '../../../../shared/alerting/matcher.js';

const ENV = { SLACK: 'https://hooks.slack.com/services/T/B/x', KEY: 'k'.repeat(32) };
const ROUTE = 'route: { channels: [ops] }\n';
const SLACK = 'channels:\n  ops: { type: slack, url: { env: SLACK } }\n';

function problems(text: string): string {
  try {
    parseRouting(text, 'my.yaml', ENV);
  } catch (error) {
    for (const line of (error as Error).message.split('\n')) assert.match(line, /^my\.yaml:\d+:\d+: /);
    return (error as Error).message;
  }
  return assert.fail('it was accepted');
}

test('channels have their defaults, and their secrets from variables and files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-secrets-'));
  const file = join(folder, 'key');
  writeFileSync(file, 'from a file\n');
  const { channels } = parseRouting(
    `${SLACK}  pager: { type: pagerduty, routingKey: { file: ${file} }, maxPerMinute: 5, timeout: 3s }
  grow: { type: action, action: scale_up, url: 'https://example.com/', secret: { env: KEY } }
${ROUTE}`,
    'my.yaml',
    ENV,
  );
  rmSync(folder, { recursive: true });
  const [ops, pager, grow] = channels;
  assert.deepEqual(ops, {
    name: 'ops',
    type: 'slack',
    url: ENV.SLACK,
    timeoutMs: 10_000,
    maxPerMinute: 60,
    sendResolved: true,
  });
  assert.ok(pager?.type === 'pagerduty' && grow?.type === 'action');
  assert.deepEqual([pager.routingKey, pager.maxPerMinute, pager.timeoutMs], ['from a file', 5, 3_000]);
  assert.deepEqual([grow.secret, grow.sendResolved], [ENV.KEY, false]);
});

test('every channel has the address and the labels of the installation, and the templates of its own', () => {
  const { channels } = parseRouting(
    `channels:
  ops: { type: slack, url: { env: SLACK }, title: "{{ .Status }}" }
  bot: { type: telegram, botToken: { env: TOKEN }, chatId: -100 }
  sms: { type: sns, topicArn: "arn:aws:sns:eu-west-1:123456789012:a", accessKeyId: { env: KEY }, secretAccessKey: { env: KEY } }
${ROUTE}externalUrl: https://a.example/tactus/
externalLabels: { cluster: eu }
`,
    'my.yaml',
    { ...ENV, TOKEN: '12:ab' },
  );
  for (const { externalUrl, externalLabels } of channels)
    assert.deepEqual([externalUrl, externalLabels], ['https://a.example/tactus', { cluster: 'eu' }]);
  const [ops, bot, sms] = channels;
  assert.ok(bot?.type === 'telegram' && sms?.type === 'sns');
  assert.deepEqual([ops?.title?.source, ops?.text], ['{{ .Status }}', undefined]);
  assert.deepEqual([bot.url, bot.botToken, bot.chatId], ['https://api.telegram.org', '12:ab', '-100']);
  assert.deepEqual([sms.region, sms.url], ['eu-west-1', 'https://sns.eu-west-1.amazonaws.com/']);
});

test('a check of the file alone tries its templates, for labels of any content and many alerts', () => {
  const problem = (channel: string) => {
    try {
      parseRouting(`channels:\n  ops: { ${channel} }\n${ROUTE}`, 'my.yaml', null);
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const slack = (text: string) => problem(`type: slack, url: { env: SLACK }, text: '${text}'`);
  const custom = (body: string, more = '') =>
    problem(`type: custom, url: https://a.example, body: '${body}'${more}`);
  assert.equal(slack('{{ .Status }} {{ range .Alerts }}{{ .Labels.any }}{{ end }}'), null);
  assert.equal(
    slack('{{ .Statsu }}{{ range .Alerts.Firing }}{{ .Label.host }}{{ end }}'),
    'my.yaml:2:51: channels.ops.text: has .Statsu, .Label, which there is not',
  );
  assert.equal(
    slack(
      '{{ range .Alerts.Fring }}{{ .Name }}{{ end }}{{ (index .Alerts 0).Lables }}{{ .Alerts.Firing | len }}',
    ),
    'my.yaml:2:51: channels.ops.text: has .Fring, .Lables, which there is not',
  );
  const loop = `${'{{ range $.Alerts }}'.repeat(5)}x${'{{ end }}'.repeat(5)}`;
  assert.match(slack(loop) ?? '', /channels\.ops\.text: takes too long, or fails, for 100 alerts/);
  assert.equal(custom('{"a": {{ .GroupLabels.host | toJson }}}'), null);
  assert.match(
    custom('{"a": "{{ .GroupLabels.host }}"}') ?? '',
    /channels\.ops\.body: makes no JSON .* toJson/,
  );
  assert.equal(custom('a: {{ .GroupLabels.host }}', ', contentType: text/plain'), null);
  const onFire = '{{ if eq .Status "firing" }}{}{{ end }}';
  assert.match(custom(onFire) ?? '', /makes no JSON/);
  assert.equal(custom(onFire, ', sendResolved: false'), null);
  assert.match(
    slack('a {{ $x }}') ?? '',
    /variable \$x is not declared \(line 1, column 6 of the template\)/,
  );
});

test('routes inherit, and are known by their matchers', () => {
  const { routing } = parseRouting(
    `${SLACK}route:
  channels: [ops]
  groupInterval: 30s
  routes:
    - match: ['severity = "critical"']
      groupBy: ["..."]
      routes: [{ match: [team=ops], groupWait: 0s }]
`,
    'my.yaml',
    ENV,
  );
  const { route } = routing;
  const inner = route.routes[0]?.routes[0];
  assert.deepEqual(
    [route.groupBy, route.groupWaitMs, route.groupIntervalMs, route.repeatIntervalMs],
    [['tenant', 'alertname'], 10_000, 30_000, 14_400_000],
  );
  assert.equal(inner?.key, '{}/{severity="critical"}/{team="ops"}');
  assert.deepEqual([inner?.groupBy, inner?.groupWaitMs, inner?.groupIntervalMs], [null, 0, 30_000]);
});

test('each mistake is reported with file, line, column, what is wrong and what is allowed; secrets never', () => {
  const cases: [text: string, expected: RegExp][] = [
    ['', /^my\.yaml:1:1: is empty; must be a mapping of `channels` and `route`/],
    [
      `channels:\n  ops: { type: telegram, botToken: { env: KEY }, chatId: 1 }\n${ROUTE}`,
      /ops\.botToken: must be a token such as 123:abc$/,
    ],
    [
      `channels:\n  ops: { type: sns, topicArn: x, accessKeyId: { env: KEY }, secretAccessKey: { env: KEY } }\n${ROUTE}`,
      /ops\.topicArn: must be the ARN of a topic/,
    ],
    [
      `channels:\n  ops: { type: slack, url: { env: SLACK }, title: "{{ .A" }\n${ROUTE}`,
      /ops\.title: has \{\{ without its \}\}/,
    ],
    [`channels:\n  ops: { type: webhook, url: 'http://x/', title: a }\n${ROUTE}`, /title: unknown key/],
    [
      `${SLACK}${ROUTE}externalUrl: "https://a.example/?b"`,
      /externalUrl: must be an address without a password/,
    ],
    [`${SLACK}${ROUTE}watchdog: { channels: [] }`, /watchdog\.channels: must name at least one channel/],
    [`${SLACK}${ROUTE}watchdog: { channels: [boss] }`, /watchdog\.channels\[0\]: must be .*ops/],
    [`${SLACK}${ROUTE}watchdog: { channels: [ops], every: 1s }`, /watchdog\.every: must be at least 10s/],
    [`${SLACK}`, /^my\.yaml:1:1: route: is missing; must be a route with `channels`/],
    [
      `channels:\n  ops: { type: slak }\n${ROUTE}`,
      /^my\.yaml:2:16: channels\.ops\.type: must be one of slack, .*: value was "slak"; did you mean "slack"\?/,
    ],
    [
      `channels:\n  ops: { type: slack, url: 'https://x/s3cret' }\n${ROUTE}`,
      /url: must be \{ env: VARIABLE \} or/,
    ],
    [
      `channels:\n  ops: { type: slack, url: { env: NOPE } }\n${ROUTE}`,
      /url: must be the name of a variable that is set: value was "NOPE"/,
    ],
    [
      `channels:\n  ops: { type: slack, url: { env: constructor } }\n${ROUTE}`,
      /url: must be the name of a variable that is set: value was \*\*\*$/,
    ],
    [
      `channels:\n  ops: { type: email, server: 'smtp://bob:hidden@a.example', from: a@b, to: [c@d] }\n${ROUTE}`,
      /ops\.server: must be without a name and a password: they are user and password$/,
    ],
    [
      `${SLACK}route: { channels: [ops], groupBy: [tenant, "..."] }\n`,
      /route\.groupBy: must hold "\.\.\." alone: it stands for all labels$/,
    ],
    [`channels:\n  ops: { type: slack, url: { file: /no/where } }\n${ROUTE}`, /url: must be a readable file/],
    [
      `channels:\n  ops: { type: slack, url: { env: KEY } }\n${ROUTE}`,
      /url: must be a URL with http:\/\/ or https:\/\//,
    ],
    [`channels:\n  ops: { type: webhook, url: 'http://u:s3cret@x/' }\n${ROUTE}`, /url: holds a password/],
    [`channels:\n  ops: { type: webhook, url: 'http://x/', colour: red }\n${ROUTE}`, /colour: unknown key/],
    [
      `channels:\n  ops: { type: webhook, url: 'http://x/', maxPerMinute: 0 }\n${ROUTE}`,
      /maxPerMinute: must be a whole number/,
    ],
    [
      `channels:\n  ops: { type: email, server: 'http://x', from: a@b.c, to: [d] }\n${ROUTE}`,
      /server: must be a URL with smtp:\/\/.*\n.*to\[0\]: must be a mail address: value was "d"/,
    ],
    [
      `${SLACK}route: { channels: [opps] }\n`,
      /^my\.yaml:3:21: route\.channels\[0\]: must be one of ops: value was "opps"; did you mean "ops"\?/,
    ],
    [`${SLACK}route: { channels: [ops], match: [a=b] }\n`, /match: is not allowed on the first route/],
    [`${SLACK}route: { channels: [ops], groupWait: soon }\n`, /groupWait: must be a duration/],
    [
      `${SLACK}route: { channels: [ops], routes: [{ match: ['a=~"("'] }] }\n`,
      /route\.routes\[0\]\.match\[0\]: must be a matcher such as/,
    ],
    [
      `${SLACK}route: { channels: [ops], escalate: [{ channels: [ops] }] }\n`,
      /escalate\[0\]\.after: is missing/,
    ],
    [
      `${SLACK}${ROUTE}inhibit: [{ source: [a=b] }]\n`,
      /inhibit\[0\]\.target: must be a list of matchers, at least one/,
    ],
    [
      `channels: { ops: { type: webhook, url: "https://a.example", timeout: 30d } }\n${ROUTE}`,
      /channels\.ops\.timeout: must be at least 1s and at most 10m/,
    ],
    [`${SLACK}${ROUTE}inhibits: []\n`, /inhibits: unknown key/],
  ];
  for (const [text, expected] of cases) {
    const found = problems(text);
    assert.match(found, expected);
    assert.doesNotMatch(found, /s3cret|kkkk/);
  }
});

function matcher(text: string): Matcher {
  const parsed = parseMatcher(text);
  return typeof parsed === 'string' ? assert.fail(`${text} must be ${parsed}`) : parsed;
}

test("matchers are Alertmanager's: anchored, a missing label is empty", () => {
  const cases: [text: string, labels: Record<string, string>, expected: boolean][] = [
    ['team=ops', { team: 'ops' }, true],
    ['team="ops"', { team: 'ops2' }, false],
    ['team!="ops"', {}, true],
    ['team=""', {}, true],
    ['host=~"web-\\d+"', { host: 'web-12' }, true],
    ['host=~"web"', { host: 'web-12' }, false],
    ['host!~"a|b"', { host: 'b' }, false],
    ['host = "a \\"b\\""', { host: 'a "b"' }, true],
  ];
  for (const [text, labels, expected] of cases) assert.equal(matcher(text).matches(labels), expected, text);
  for (const text of ['team', '=ops', 'team==ops', 'host=~"("', 'host=~"(?!a)"', `a=${'x'.repeat(501)}`, ''])
    assert.match(String(parseMatcher(text)), /^a matcher /, text);
});

test('matchers that take values nobody has given, or no label, select about all alerts', () => {
  const all = [
    ['metric=~".*"'],
    ['metric=~".+"'],
    ['metric=~"(([a-z._]+)+)+"', 'host=~"[^x]*"'],
    ['severity!="info"', 'host!~"web-.*"'],
    ['team=""'],
    ['a=~"|b"', 'b=~"(?i)[A-Z ]+"'],
    [],
  ];
  for (const texts of all) assert.equal(selectsAll(texts.map(matcher)), true, texts.join(' '));
  const some = [
    ['alertname="Hot"'],
    ['metric=~".*"', 'alertname="Hot"'],
    ['host=~"web-.*"', 'severity!="info"'],
    ['host=~"web-\\d+|db-.*"'],
  ];
  for (const texts of some) assert.equal(selectsAll(texts.map(matcher)), false, texts.join(' '));
});
