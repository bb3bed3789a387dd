import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { it } from 'node:test';
import { Registry } from 'prom-client';
import { Gatekeeper } from '../../../../services/api/access/asking.js';
import type { Caller } from '../../../../services/api/access/caller.js';
import { buildApp } from '../../../../services/api/http/app.js';
import { LiveHub } from '../../../../services/api/live/live-hub.js';
import { LiveService } from '../../../../services/api/live/live-service.js';
import { streamRoute } from '../../../../services/api/live/stream.js';
import { LiveTelemetry } from '../../../../services/api/live/telemetry.js';
import { systemClock } from '../../../../shared/core/clock.js';
import { createLogger } from '../../../../shared/process/logger.js';
import { until } from '../../../support/until.js';
import { LIMITS } from './hub-fixture.js';

const CALLER: Caller = {
  ...{ kind: 'key', id: 'k', name: 'key:k', tenantId: 't', expiresAt: null },
  may: () => true,
  tenants: () => ['t'],
  inForce: () => true,
};

/** The route of streams behind a port, without what feeds it. */
async function listening() {
  const state = { asked: 0 };
  const authenticate = () => {
    state.asked += 1;
    return CALLER;
  };
  const log = createLogger('test', 'silent');
  const gatekeeper = new Gatekeeper([{ authenticate }], () => {});
  const hub = new LiveHub(LIMITS, () => performance.now());
  const service = new LiveService(hub);
  const live = { service, telemetry: new LiveTelemetry(new Registry()), stop: async () => {} };
  const limits = { liveMaxSubscriptions: 1 };
  const app = await buildApp({
    ...{ tls: null, version: '1', gatekeeper, log, maxConnections: 10, requestTimeoutMs: 10_000 },
    ...{ maxBodyBytes: 1_024, corsOrigins: [], trustedProxies: [], rootRoutes: [] },
    ...{ dropped: () => {}, answered: () => {} },
    routes: [streamRoute({ live, gatekeeper, clock: systemClock, log, limits, corsOrigins: [] })],
  });
  const port = await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, hub, service, state, port };
}

const REQUEST = 'GET /api/v1/stream HTTP/1.1\r\nhost: a\r\nauthorization: Bearer k\r\n\r\n';

it('streams that are asked for behind another leave no client when the connection ends', async () => {
  const { app, hub, state, port } = await listening();
  const socket = connect(port, '127.0.0.1').resume();
  socket.write(REQUEST.repeat(3));
  await until('the requests', () => state.asked === 3);
  await until('a client', () => hub.clients.size > 0);
  assert.equal(hub.clients.size, 1, 'those behind the first one are refused');
  socket.destroy();
  await until('the client to go', () => hub.clients.size === 0);
  await app.close();
});

it('who comes when the server stops is sent away: a stream by 503, a socket as all the others', async () => {
  const { app, hub, service, port } = await listening();
  const counts = { stopped: 0 };
  const session = { second: () => {}, stop: () => (counts.stopped += 1) };
  service.add(session);
  service.stop();
  assert.equal(counts.stopped, 1);
  service.remove(session);
  service.add(session);
  assert.equal(counts.stopped, 2, 'the late one');
  const socket = connect(port, '127.0.0.1');
  socket.write(REQUEST);
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1.1 503 [\s\S]*the server is stopping/);
  assert.equal(hub.clients.size, 0);
  socket.destroy();
  await app.close();
});
