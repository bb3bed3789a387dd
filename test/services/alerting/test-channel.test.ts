import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { testChannel } from '../../../services/alerting/commands/test-channel.js';
import { loadConfig } from '../../../shared/config/load.js';
import { EPOCH } from '../../shared/alerting/helpers.js';
import { HttpReceiver } from './notify/receivers.js';

const folder = mkdtempSync(join(tmpdir(), 'tactus-test-channel-'));
let http: HttpReceiver;
before(async () => {
  http = await HttpReceiver.start();
});
after(async () => {
  await http.stop();
  rmSync(folder, { recursive: true });
});

async function testedOf(name: string, others: string, env: NodeJS.ProcessEnv = {}) {
  const found = await tested(name, others, env);
  assert.ok('outcome' in found);
  return found;
}

async function tested(name: string, others = '', env: NodeJS.ProcessEnv = {}) {
  const file = join(folder, 'channels.yaml');
  writeFileSync(
    file,
    `channels:
  ops: { type: webhook, url: '${http.url}?token=open-sesame', authorization: { env: KEY } }${others}
route: { channels: [ops] }
`,
  );
  const { alerting } = loadConfig({
    ...{ TACTUS_NOTIFICATIONS_FILE: file, TACTUS_ALERT_ALLOWED_NETWORKS: '127.0.0.0/8' },
  });
  const about = { name, by: 'ann', now: EPOCH, signal: new AbortController().signal };
  return await testChannel(alerting, { KEY: 'Bearer s3cret', ...env }, about);
}

test('a test notification says that it is one, and what the provider answers is shown without secrets', async () => {
  http.answer = (response) => response.writeHead(200).end('thanks, Bearer s3cret');
  assert.deepEqual(await tested('ops'), {
    ...{ type: 'webhook', outcome: 'delivered', reason: null, answer: '200 thanks, ***' },
  });
  assert.match(http.posts.at(-1)?.text ?? '', /This is a test of the channel ops by ann/);
  http.answer = (response) => response.writeHead(401).end(`who are you?${' '.repeat(10_000)}`);
  assert.deepEqual(await tested('ops'), {
    ...{ type: 'webhook', outcome: 'failed', reason: 'it answered 401', answer: '401 who are you?' },
  });
});

test('parts of secrets, and the beginning of one where the answer is cut, are not shown either', async () => {
  http.answer = (response) => response.writeHead(200).end('no open-sesame, no s3cret');
  assert.deepEqual(await tested('ops'), {
    ...{ type: 'webhook', outcome: 'delivered', reason: null, answer: '200 no ***, no ***' },
  });
  const blanks = ' '.repeat(490);
  http.answer = (response) => response.writeHead(200).end(`${blanks}Bearer s3cret`);
  assert.deepEqual(await tested('ops'), {
    ...{ type: 'webhook', outcome: 'delivered', reason: null, answer: `200 ${blanks}***` },
  });
});

test('a channel that there is not is answered with those that there are', async () => {
  assert.deepEqual(await tested('oops'), ['ops']);
});

test('what is wrong with another channel is of no account', async () => {
  const others = `
  away: { type: slack, url: { env: NOT_SET } }
  inside: { type: webhook, url: 'http://10.0.0.1/' }
  odd: { type: slack, url: { env: NOT_SET }, text: "{{ .Nothing }}" }`;
  http.answer = (response) => response.writeHead(200).end();
  assert.equal((await testedOf('ops', others)).outcome, 'delivered');
  await assert.rejects(testedOf('inside', others), { message: /^channel "inside": .*10\.0\.0\.1/ });
  await assert.rejects(testedOf('away', others), {
    message: /channels\.away\.url: must be the name of a variable/,
  });
});

test('name and password of an address are not shown as they are sent either', async () => {
  const [name, password] = ['ops-team', 'hunter%2222'];
  const sent = Buffer.from(`${name}:hunter"22`).toString('base64');
  const address = http.url.replace('http://', `http://${name}:${password}@`);
  http.answer = (response) => response.writeHead(200).end(`Basic ${sent}, hunter"22`);
  const { answer } = await testedOf(
    'basic',
    `
  basic: { type: webhook, url: { env: ADDRESS } }`,
    { ADDRESS: address },
  );
  assert.equal(answer, '200 Basic ***, ***');
});
