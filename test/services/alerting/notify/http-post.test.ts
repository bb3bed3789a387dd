import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { json, send } from '../../../../services/alerting/notify/http-post.js';
import { Targets } from '../../../../shared/adapters/http/targets.js';

test('a target that answers with another protocol has failed', { timeout: 10_000 }, async () => {
  const upgrading = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n'),
    );
  });
  await new Promise<void>((resolve) => upgrading.listen(0, '127.0.0.1', resolve));
  try {
    const targets = new Targets(['127.0.0.0/8'], {
      code: 'TACTUS_NOTIFICATION_FAILED',
      allowedBy: 'ALLOWED',
    });
    const post = json(`http://127.0.0.1:${(upgrading.address() as AddressInfo).port}/`, {});
    await assert.rejects(
      send(post, { targets, timeoutMs: 1_000, signal: new AbortController().signal }),
      /TACTUS_NOTIFICATION_FAILED|closed without an answer/,
    );
  } finally {
    upgrading.close();
  }
});
