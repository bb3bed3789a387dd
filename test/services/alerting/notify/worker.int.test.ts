import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { AlertNotification } from '../../../../schemas/types.js';
import { loadSchemas, recordSchema } from '../../../../shared/catalog/schemas.js';
import { windowOf } from '../../../shared/alerting/helpers.js';
import { runTactus } from '../../../support/command-line.js';
import { ownPrefix } from '../../../support/own-prefix.js';
import { PlainClient } from '../../../support/plain-client.js';
import { sharedServers } from '../../../support/servers.js';
import { until } from '../../../support/until.js';
import { WorkerProcess } from '../../../support/worker-process.js';
import { HttpReceiver, MailReceiver } from './receivers.js';

const RULES = 'rules: [{ name: Hot, window: 10s, metric: cpu, expr: mean > 80.0, staleAfter: 7d }]';

const servers = sharedServers();
const prefix = ownPrefix('notify');
const client = new PlainClient(servers, prefix);
const folder = mkdtempSync(join(tmpdir(), 'tactus-notify-'));
const mail = new MailReceiver();
let hook: HttpReceiver;
let expecting: HttpReceiver;
let env: Record<string, string>;
const workers: WorkerProcess[] = [];
/** For a pattern that a backtracking engine never gets done with. */
const LONG = 'a'.repeat(60);

before(async () => {
  hook = await HttpReceiver.start();
  expecting = await HttpReceiver.start();
  const rules = join(folder, 'rules.yaml');
  const routes = join(folder, 'notifications.yaml');
  writeFileSync(rules, RULES);
  writeFileSync(
    routes,
    `channels:
  ops: { type: webhook, url: '${hook.url}' }
  outside: { type: webhook, url: '${expecting.url}' }
  boss: { type: email, server: 'smtp://127.0.0.1:${await mail.start()}', from: tactus@example.com, to: [boss@example.com] }
route:
  channels: [ops]
  groupBy: [alertname, host]
  groupWait: 0s
  groupInterval: 1s
  routes:
    - match: ['host="a"']
      escalate: [{ after: 2s, channels: [boss] }]
watchdog: { channels: [outside], every: 10s }
`,
  );
  env = {
    ...servers,
    TOPIC_PREFIX: prefix,
    RULES_FILE: rules,
    TACTUS_NOTIFICATIONS_FILE: routes,
    TACTUS_ALERT_ALLOWED_NETWORKS: '127.0.0.0/8',
  };
});

after(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await Promise.all([hook.stop(), expecting.stop(), mail.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<WorkerProcess> {
  const worker = new WorkerProcess('alerting', env);
  workers.push(worker);
  return await worker.ready();
}

async function cli(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runTactus(['alerts', ...args], env);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** What was posted about a host: `firing` and `resolved`, in order; a repetition has the same id. */
function postsOf(host: string): unknown[] {
  const posts = new Map(hook.posts.map((post) => [post.headers['idempotency-key'], post.text]));
  return [...posts.values()]
    .map((text) => JSON.parse(text) as { status: string; groupLabels: { host: string } })
    .filter(({ groupLabels }) => groupLabels.host === host)
    .map(({ status }) => status);
}

/** Silences that the topic holds from before: one that took for ever, and one in another syntax. */
async function produceOldSilences(): Promise<void> {
  assert.equal((await runTactus(['topics', 'apply'], env)).code, 0);
  const encode = await client.encoder('control.alerts', recordSchema(loadSchemas(), 'AlertControl').schema);
  const now = Date.now();
  const old = {
    kind: 'silence',
    author: 'ann',
    comment: '',
    startsAt: now,
    endsAt: now + 3_600_000,
    createdAt: now,
  };
  const silences = [
    { ...old, id: 'slow', matchers: ['host=~"(a+)+!"'] },
    { ...old, id: 'ahead', matchers: ['host=~"(?=a).*"'] },
  ];
  await client.produce(
    'control.alerts',
    silences.map((one) => ({ key: `silence|${one.id}`, value: encode(one) })),
  );
}

async function readyNotes(worker: WorkerProcess): Promise<string> {
  return await (await fetch(`${await worker.address()}/readyz`)).text();
}

const AHEAD = /silence ahead of ann is ignored: its matcher host=~.*RE2's syntax/;

test('alerts are routed, silenced, acknowledged and escalated, and a kill loses none and repeats none under another id', async () => {
  await produceOldSilences();
  const first = await start();
  assert.match(await readyNotes(first), AHEAD);
  assert.match(first.output, AHEAD);
  const encode = await client.encoder('windows', recordSchema(loadSchemas(), 'WindowAggregate').schema);
  const produce = (n: number, mean: number, ...hosts: string[]) =>
    client.produce(
      'windows',
      hosts.map((host) => ({ key: 'acme|cpu', value: encode(windowOf(n, mean, { tags: { host } })) })),
    );
  await cli('silence', 'host=~"quiet.*"', '--for', '1h', '--by', 'me', '--comment', 'maintenance');
  await produce(0, 95, 'a', 'quiet-1', LONG);
  await until('the first posts', () => postsOf('a').length > 0 && postsOf(LONG).length > 0);
  await until('the escalation', () => mail.mails.length === 1);
  await until('what always fires', () => expecting.posts.some(({ text }) => text.includes('"Watchdog"')));
  const list = await cli('ls');
  assert.match(list, /^[0-9a-f]{16} firing warning Hot of acme since .*: alertname=Hot/m);
  assert.match(list, /\(silenced\): alertname=Hot, .*host=quiet-1/);
  assert.match(list, /^silence [0-9a-f]{8} until .* by me: host=~"quiet\.\*" maintenance$/m);
  const listed = JSON.parse(await cli('ls', '--json'));
  assert.deepEqual(
    listed.alerts.map(({ rule, silenced }: Record<string, unknown>) => [rule, silenced]).sort(),
    [
      ['Hot', false],
      ['Hot', false],
      ['Hot', true],
    ],
  );
  const { id, matchers } = listed.silences.find(({ author }: { author: string }) => author === 'me');
  assert.deepEqual(matchers, ['host=~"quiet.*"']);
  assert.match(listed.remarks[0], AHEAD);

  // The channel is away while an alert begins, and the worker is killed before it is back.
  hook.answer = (response) => response.writeHead(503).end();
  const tries = hook.posts.length;
  await produce(1, 95, 'b');
  await until('a try that fails', () => hook.posts.length > tries);
  const fingerprint = /^([0-9a-f]{16}) .*host=b$/m.exec(await cli('ls'))?.[1] ?? '';
  await cli('ack', fingerprint);
  first.kill('SIGKILL');
  await first.exited;
  hook.posts.length = 0;
  hook.answer = (response) => response.end();
  const second = await start();
  assert.match(await readyNotes(second), AHEAD);
  assert.equal(await second.metric('tactus_silences', { state: 'in_force' }), 2);
  await until('what was not delivered', () => postsOf('b').length > 0);
  await produce(2, 10, 'a', 'b', 'quiet-1');
  await until('the ends', () => postsOf('a').length > 0 && postsOf('b').length > 1);
  assert.deepEqual(
    [postsOf('a'), postsOf('b'), postsOf('quiet-1')],
    [['resolved'], ['firing', 'resolved'], []],
  );
  await until('the end of what was escalated', () => mail.mails.length === 2);
  assert.match(mail.mails[1]?.text ?? '', /Subject: \[RESOLVED\] Hot \(host=a\)/);
  assert.equal(await second.metric('circuit_breaker_state', { name: 'ops' }), 0);
  assert.equal(await second.metric('circuit_breaker_calls_total', { name: 'ops', outcome: 'success' }), 3);
  assert.equal(
    await second.metric('tactus_notifications_total', { channel: 'boss', outcome: 'delivered' }),
    1,
  );
  const records = await client.follow<AlertNotification>('notifications');
  const recorded = () =>
    new Set(
      records.values.map(({ kind, outcome, reason, escalation, status }) =>
        [kind, outcome, status, reason, escalation].join(' '),
      ),
    );
  await until('the record of all of that', () => recorded().size >= 6);
  assert.equal(await second.stop(), 0);
  assert.deepEqual([...recorded()].sort(), [
    'email delivered firing  1',
    'email delivered resolved  1',
    'webhook delivered firing  0',
    'webhook delivered resolved  0',
    'webhook failed firing  0',
    'webhook suppressed firing silenced 0',
  ]);
  assert.ok(!JSON.stringify(records.values).includes(hook.url));
  await records.close();

  const changed = await cli(
    'change-silence',
    id,
    '--for',
    '3h',
    '--comment',
    'it takes longer',
    '--by',
    'you',
  );
  const [was, is] = changed.split('\n');
  assert.match(was ?? '', /^was: silence [0-9a-f]{8} until .* by me: host=~"quiet\.\*" maintenance$/);
  assert.match(is ?? '', /^is: {2}silence [0-9a-f]{8} until .* by you: host=~"quiet\.\*" it takes longer$/);
  assert.equal((await runTactus(['alerts', 'change-silence', id, '--for', '366d'], env)).code, 2);
  assert.equal(await cli('unsilence', id), `silence ${id} is over\n`);
  for (const [args, says] of [
    [['unsilence', id], /no silence "[0-9a-f]{8}" is in force/],
    [['unsilence', 'zzzz'], /no silence "zzzz" is in force/],
    [['ack', fingerprint], /no alert "[0-9a-f]{16}" is pending or firing/],
  ] as const) {
    const { code, stdout, stderr } = await runTactus(['alerts', ...args], env);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, says);
  }
});

test('a webhook at an address that is not public ends the worker with exit code 78, and says what to set', async () => {
  const { TACTUS_NOTIFICATIONS_FILE: _, TACTUS_ALERT_ALLOWED_NETWORKS: __, ...plain } = env;
  const worker = new WorkerProcess('alerting', {
    ...plain,
    TACTUS_ALERT_WEBHOOK_URL: 'http://localhost:9999',
    LOG_LEVEL: 'silent',
  });
  workers.push(worker);
  assert.equal((await worker.exited).code, 78);
  assert.match(
    worker.output,
    /localhost is not a public address; allowed are .*TACTUS_ALERT_ALLOWED_NETWORKS/,
  );
});
