import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { socketFactory } from '../../../../shared/adapters/kafka/socket.js';

const ATTEMPTS = 12;

describe('a socket of kafkajs', () => {
  it('keeps nothing of the attempts to close it that come after its end', async () => {
    const server = createServer((peer) => peer.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const make = socketFactory(null);
    const socket = make({
      ...{ host: '127.0.0.1', port, ssl: undefined as never, onConnect: () => {} },
    }) as Socket;
    await once(socket, 'close');
    const before = socket.listenerCount('connect');
    // As kafkajs disconnects a broker.
    for (let i = 0; i < ATTEMPTS; i++) {
      socket.end();
      socket.unref();
    }
    assert.equal(socket.listenerCount('connect'), before);
    server.close();
  });
});
