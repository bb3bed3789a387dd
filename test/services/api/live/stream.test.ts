import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { it } from 'node:test';
import { until } from '../../../support/until.js';
import { listening } from './live-app.js';

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
