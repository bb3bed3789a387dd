import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import type { App } from '../../../../services/api/http/app.js';
import { appWithoutServers, NO_KEYS } from '../access/app-without-servers.js';
import { PeopleParts } from '../people/people-parts.js';

describe('what is no request that a route could see', () => {
  let app: App;
  let port = 0;

  before(async () => {
    app = await appWithoutServers(new PeopleParts(), NO_KEYS, () => {});
    port = await app.listen({ host: '127.0.0.1', port: 0 });
  });
  after(() => app.close());

  /** What a connection is answered until it is closed. */
  async function sent(request: string): Promise<{ readonly head: string; readonly body: unknown }> {
    const socket = connect(port, '127.0.0.1');
    socket.write(request);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    return { head, body: JSON.parse(body) };
  }

  it('is answered as every other refusal, and the connection is closed', async () => {
    const cases: [string, string, number][] = [
      [`GET /?${'a'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`, 'Request Header Fields Too Large', 431],
      ['GET / HTTP/1.1\r\nno header\r\n\r\n', 'Bad Request', 400],
    ];
    for (const [request, reason, status] of cases) {
      const { head, body } = await sent(request);
      assert.match(head, new RegExp(`^HTTP/1.1 ${status} ${reason}\r\n`));
      assert.match(head, /content-type: application\/problem\+json/);
      const { code, detail, ...rest } = body as Record<string, unknown>;
      assert.deepEqual([rest.status, code, typeof detail], [status, 'TACTUS_REQUEST_INVALID', 'string']);
    }
  });

  it('is not a method that there is not: that has 405 with those that there are, whatever comes with it', async () => {
    for (const [method, path, status, allow] of [
      ['QUERY', '/.well-known/jwks.json', 405, 'GET'],
      ['POST', '/.well-known/jwks.json', 405, 'GET'],
      ['QUERY', '/nothing', 404, undefined],
      ['GET', `/prom/api/v1/label/${'a'.repeat(2_000)}/values`, 404, undefined],
      ['GET', '/api/v1/rules/%zz', 404, undefined],
    ] as const) {
      const payload =
        method === 'POST' ? { payload: '{', headers: { 'content-type': 'application/json' } } : {};
      const answer = await app.api.inject({ method: method as 'POST', url: path, ...payload });
      assert.deepEqual([answer.statusCode, answer.headers.allow], [status, allow], `${method} ${path}`);
      assert.equal(answer.json().code, 'TACTUS_PATH_UNKNOWN');
    }
  });
});
