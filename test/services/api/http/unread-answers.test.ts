import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import fastify from 'fastify';
import type { Asking } from '../../../../services/api/access/asking.js';
import { boundUnreadAnswers, keeping } from '../../../../services/api/http/unread-answers.js';
import { prometheusError } from '../../../../services/api/prometheus/answer.js';
import type { TactusError } from '../../../../shared/core/errors.js';
import { until } from '../../../support/until.js';

const MIB = 1_048_576;

test('answers that nobody reads are bounded, of all and of each tenant; small ones come all the same', async (t) => {
  const api = fastify({ forceCloseConnections: true });
  t.after(() => api.close());
  api.decorateRequest('asking');
  api.setErrorHandler((error, _request, reply) => {
    const { status, body } = prometheusError(error as TactusError);
    return reply.code(status).send(body);
  });
  api.addHook('onRequest', (request, _reply, done) => {
    request.asking = { tenantId: request.headers['x-scope-orgid'] } as Asking;
    done();
  });
  boundUnreadAnswers(api, 60 * MIB);
  let sent = 0;
  api.get('/large', () => {
    sent += 1;
    return 'x'.repeat(20 * MIB);
  });
  const piece = 'x'.repeat(MIB);
  api.get('/stream', () => {
    sent += 1;
    return keeping(Readable.from(new Array(20).fill(piece)), 20 * MIB);
  });
  let go = () => {};
  let isLate = false;
  api.get('/late', async ({ raw }) => {
    await new Promise<void>((resolve) => {
      go = resolve;
    });
    if (!raw.socket.destroyed) await once(raw.socket, 'close');
    isLate = true;
    return 'x'.repeat(20 * MIB);
  });
  api.get('/small', () => 'x'.repeat(1_000));
  const url = new URL(await api.listen({ host: '127.0.0.1', port: 0 }));
  const unread = async (tenant: string, path = '/large') => {
    const before = sent;
    const socket = connect(Number(url.port), url.hostname).pause();
    socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nx-scope-orgid: ${tenant}\r\n\r\n`);
    await until('the answer', () => sent > before);
    return socket;
  };
  const statusOf = async (tenant: string, path: string) => {
    const answer = await fetch(new URL(path, url), { headers: { 'x-scope-orgid': tenant } });
    await answer.arrayBuffer();
    return answer.status;
  };
  assert.deepEqual(
    [await statusOf('a', '/large'), await statusOf('a', '/large')],
    [200, 200],
    'those were read',
  );
  const first = await unread('a');
  assert.equal(await statusOf('a', '/large'), 503, 'its half');
  assert.equal(await statusOf('a', '/small'), 200);
  const others = [await unread('b'), await unread('c', '/stream')];
  assert.equal(await statusOf('c', '/stream'), 503, 'its half');
  assert.equal(await statusOf('d', '/large'), 503, 'all');
  for (const socket of [first, ...others]) socket.destroy();
  await until('the places', async () => (await statusOf('d', '/large')) === 200);
  const gone = connect(Number(url.port), url.hostname);
  gone.write('GET /late HTTP/1.1\r\nhost: a\r\nx-scope-orgid: d\r\n\r\n');
  const noGo = go;
  await until('the request', () => go !== noGo);
  gone.destroy();
  go();
  await until('its end', () => isLate);
  assert.equal(await statusOf('d', '/large'), 200, 'nothing is kept of who went before the answer');
});
