import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Gatekeeper } from '../../../../services/api/access/asking.js';
import { accessOf, buildApp } from '../../../../services/api/http/app.js';
import { APP_OPTIONS } from './app-options.js';

it('the address of a client is that of the connection, or what a trusted proxy says it is', async () => {
  const fromOf = async (trustedProxies: readonly string[], remoteAddress: string, forwarded: string) => {
    const app = await buildApp({
      ...APP_OPTIONS,
      gatekeeper: new Gatekeeper([], () => {}),
      trustedProxies,
      routes: [(api) => api.get('/from', (request) => ({ from: accessOf(request).from }))],
    });
    const headers = { 'x-forwarded-for': forwarded };
    const { body } = await app.api.inject({ url: '/api/v1/from', remoteAddress, headers });
    await app.close();
    return JSON.parse(body).from;
  };
  const proxies = ['10.0.0.0/8', 'fd00::/8'];
  assert.equal(await fromOf([], '10.0.0.1', '198.51.100.7'), '10.0.0.1');
  assert.equal(await fromOf(proxies, '203.0.113.9', '198.51.100.7'), '203.0.113.9', 'no proxy of ours');
  assert.equal(await fromOf(proxies, '10.0.0.1', '198.51.100.7'), '198.51.100.7');
  assert.equal(
    await fromOf(proxies, '10.0.0.1', '192.0.2.1, 198.51.100.7, 10.0.0.2'),
    '198.51.100.7',
    'made up in front',
  );
});
