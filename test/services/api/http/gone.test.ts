import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { Gatekeeper } from '../../../../services/api/access/asking.js';
import { type Api, buildApp } from '../../../../services/api/http/app.js';
import { APP_OPTIONS } from './app-options.js';

/** @param add routes below `/api/v1` */
async function serving(add: (api: Api) => void) {
  const app = await buildApp({
    ...APP_OPTIONS,
    gatekeeper: new Gatekeeper([], () => {}),
    routes: [add],
  });
  return { app, port: await app.listen({ host: '127.0.0.1', port: 0 }) };
}

it('a connection keeps nothing of the requests that it has had', async () => {
  const { app, port } = await serving((api) =>
    api.get('/listeners', ({ gone, raw }) => ({ gone: gone.aborted, of: raw.socket.listenerCount('close') })),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async () => {
    const [answer] = (await once(get({ port, path: '/api/v1/listeners', agent }), 'response')) as [
      IncomingMessage,
    ];
    return JSON.parse(await text(answer)) as { gone: boolean; of: number };
  };
  const first = await ask();
  let last = first;
  for (let i = 0; i < 20; i++) last = await ask();
  agent.destroy();
  await app.close();
  assert.deepEqual(last, first);
});

it('a request knows when its client has gone', async () => {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { app, port } = await serving((api) =>
    api.get('/wait', async (request) => {
      request.gone.addEventListener('abort', () => resolve());
      begin();
      await gone;
      return {};
    }),
  );
  const request = get({ port, path: '/api/v1/wait', agent: false });
  request.on('error', () => {});
  await begun;
  request.destroy();
  await gone;
  await app.close();
});
