import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import type { InternalBroker, InternalConnection } from '../../../../shared/adapters/kafka/internals.js';
import type { PartsRequest } from '../../../../shared/adapters/kafka/protocol/requests.js';
import { sendParts } from '../../../../shared/adapters/kafka/send-parts.js';
import { socketFactory } from '../../../../shared/adapters/kafka/socket.js';

const require = createRequire(import.meta.url);
const Connection = require('kafkajs/src/network/connection.js') as new (
  options: object,
) => InternalConnection & { isConnected(): boolean; connect(): Promise<unknown> };

const request: PartsRequest<string> = {
  ...{ apiKey: 1, apiVersion: 2, apiName: 'Test', flexible: true, requestTimeoutMs: 30_000 },
  parts: [Buffer.from('body')],
  decode: String,
};
/** A complete response: size, correlation id, text. */
const response = (correlationId: number, text: string) => {
  const bytes = Buffer.alloc(8);
  bytes.writeInt32BE(4 + text.length, 0);
  bytes.writeInt32BE(correlationId, 4);
  return Buffer.concat([bytes, Buffer.from(text)]);
};

describe('requests over connections of kafkajs', { timeout: 20_000 }, () => {
  let server: Server;
  let connection: InternalConnection;
  afterEach(async () => {
    await connection.disconnect();
    server.close();
  });

  /** A broker that does on each connection what the test says, with the correlation id of the request. */
  const brokerThat = async (...connections: ((socket: Socket, correlationId: number) => void)[]) => {
    const requests: Buffer[] = [];
    server = createServer((socket) => {
      const answer = connections.shift();
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        requests.push(bytes);
        answer?.(socket, bytes.readInt32BE(8));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const none = () => {};
    const logger = { namespace: () => ({ debug: none, info: none, warn: none, error: none }) };
    const { port } = server.address() as AddressInfo;
    const times = { requestTimeout: 30_000, connectionTimeout: 1_000 };
    const made = new Connection({
      host: '127.0.0.1',
      port,
      clientId: 'me',
      logger,
      socketFactory: socketFactory(null),
      ...times,
    });
    connection = made;
    const getConnection = async () => {
      if (!made.isConnected()) await made.connect();
      return made;
    };
    return { broker: { connectionPool: { getConnection } } as unknown as InternalBroker, requests };
  };

  it('have the header of flexible versions', async () => {
    const { broker, requests } = await brokerThat((socket, id) => void socket.write(response(id, 'ok')));
    assert.equal(await sendParts(broker, request), 'ok');
    assert.equal(
      requests[0]?.toString('hex'),
      `00000011${'0001'}${'0002'}${'00000000'}${'0002'}6d65${'00'}626f6479`,
    );
  });

  it('are answered after a connection was lost in the middle of a response', async () => {
    const { broker } = await brokerThat(
      (socket, id) => void socket.end(response(id, 'lost').subarray(0, 10)),
      (socket, id) => void socket.write(response(id, 'ok')),
    );
    await assert.rejects(sendParts(broker, request, 3_000), /Closed connection/);
    assert.equal(await sendParts(broker, request, 3_000), 'ok');
  });

  it('are given up when the broker is silent, and go over a new connection then', async () => {
    const { broker } = await brokerThat(
      () => {},
      (socket, id) => void socket.write(response(id, 'ok')),
    );
    await assert.rejects(sendParts(broker, request, 100), /no answer to Test within 100 ms/);
    assert.equal(await sendParts(broker, request, 3_000), 'ok');
  });
});
