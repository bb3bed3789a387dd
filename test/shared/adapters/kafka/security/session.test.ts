import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { pino } from 'pino';
import { kafkaError } from '../../../../../shared/adapters/kafka/client.js';
import type { InternalBroker, InternalConnection } from '../../../../../shared/adapters/kafka/internals.js';
import type { PartsRequest } from '../../../../../shared/adapters/kafka/protocol/requests.js';
import { saslOf } from '../../../../../shared/adapters/kafka/security/sasl.js';
import { renewalMargin } from '../../../../../shared/adapters/kafka/security/session.js';
import { sendParts } from '../../../../../shared/adapters/kafka/send-parts.js';
import { socketFactory } from '../../../../../shared/adapters/kafka/socket.js';
import { loadConfig } from '../../../../../shared/config/load.js';
import { FakeListener } from '../../../../support/secured/fake-listener.js';
import { until } from '../../../../support/until.js';

const require = createRequire(import.meta.url);
const Connection = require('kafkajs/src/network/connection.js') as new (
  options: object,
) => InternalConnection & {
  isConnected(): boolean;
  connect(): Promise<unknown>;
  setVersions(versions: object): void;
  setSupportAuthenticationProtocol(supported: boolean): void;
};
const none = () => {};
const logger = { namespace: () => ({ ...logger, debug: none, info: none, warn: none, error: none }) };
const SASL = {
  TACTUS_KAFKA_SASL_MECHANISM: 'PLAIN',
  TACTUS_KAFKA_SASL_USERNAME: 'worker',
  TACTUS_KAFKA_SASL_PASSWORD: 'secret',
};

/** A connection of kafkajs with what `env` says of logins, and requests over it. */
function connectionTo({ port }: FakeListener, env: NodeJS.ProcessEnv) {
  const sasl = saslOf(loadConfig(env), pino({ level: 'silent' }));
  const times = { requestTimeout: 30_000, connectionTimeout: 5_000 };
  const made = new Connection({
    ...{ host: '127.0.0.1', port, clientId: 'me', logger, ...times },
    ...{ sasl: sasl ?? null, socketFactory: socketFactory(null, sasl !== undefined) },
  });
  made.setVersions({ 17: { minVersion: 0, maxVersion: 1 }, 36: { minVersion: 0, maxVersion: 1 } });
  made.setSupportAuthenticationProtocol(true);
  const getConnection = async () => {
    if (!made.isConnected()) await made.connect();
    return made;
  };
  const broker = { connectionPool: { getConnection } } as unknown as InternalBroker;
  const request: PartsRequest<string> = {
    ...{ apiKey: 1, apiVersion: 2, apiName: 'Test', flexible: true, requestTimeoutMs: 30_000 },
    parts: [Buffer.from('body')],
    decode: String,
  };
  return { ask: () => sendParts(broker, request), close: () => made.disconnect() };
}

it('a session is renewed before its end, and never within a second of its beginning', () => {
  assert.equal(renewalMargin(0), 0);
  assert.equal(renewalMargin(3_600_000), 540_000);
  fc.assert(
    fc.property(fc.integer({ min: 1_101, max: 1_000_000_000 }), (lifetimeMs) => {
      const renewedAt = lifetimeMs - renewalMargin(lifetimeMs);
      assert.ok(Number.isInteger(renewedAt));
      assert.ok(renewedAt >= 1_100 && renewedAt < lifetimeMs);
    }),
  );
});

it('a session is renewed on its connection, whatever is asked for meanwhile', {
  timeout: 60_000,
}, async () => {
  const listener = await new FakeListener(3_000).listen();
  const { ask, close } = connectionTo(listener, SASL);
  await ask();
  while ((listener.logins[0] ?? 0) < 3) {
    assert.deepEqual(await Promise.all([ask(), ask(), ask()]), ['ok', 'ok', 'ok']);
    await setTimeout(10);
  }
  assert.equal(listener.logins.length, 1);
  await close();
  listener.close();
});

it('a listener that closes connections without a login is asked what it wants', async () => {
  const listener = await new FakeListener(3_000).listen();
  const { ask, close } = connectionTo(listener, {});
  const said = await until('the reason', async () => {
    const { code, message } = kafkaError(await ask().catch((error: unknown) => error), 'asking');
    return code === 'TACTUS_ACCESS_REFUSED' ? message : null;
  });
  assert.equal(
    said,
    `Kafka at 127.0.0.1:${listener.port} wants a login (PLAIN): set TACTUS_KAFKA_SASL_MECHANISM`,
  );
  await close();
  listener.close();
});
