import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';

const require = createRequire(import.meta.url);

/** One login on a connection of kafkajs 2.2.4; a session that is to end has one again on the same connection. */
interface SaslAuthenticator {
  /** In milliseconds, as text; "0" for a session that does not end. */
  readonly sessionLifetime: string;
  /** Requests wait for a new login when less than this is left of the session. */
  readonly connection: { reauthenticationThreshold: number; readonly sasl: Preparable };
  authenticate(): Promise<void>;
}

/** What a login needs is fetched before it begins: given up half-way, a connection is of no further use. */
export interface Preparable {
  readonly prepare?: () => Promise<void>;
}

/** What is left of a session when it is renewed: that is what Kafka's own clients leave. */
const LEFT = 0.15;
/** A broker takes no second login within a second (KIP-368). */
const MIN_SESSION_MS = 1_100;

/** How much of a session is to be left at the next login, in whole milliseconds: kafkajs takes no others. */
export function renewalMargin(lifetimeMs: number): number {
  return Math.max(0, Math.min(Math.floor(lifetimeMs * LEFT), lifetimeMs - MIN_SESSION_MS));
}

const { prototype } = require('kafkajs/src/broker/saslAuthenticator/index.js') as {
  prototype: SaslAuthenticator;
};

/*
 * Imported for its effect. kafkajs renews a session when a fixed time is left of it, 10 s: a session that is no longer
 * than that would be renewed with each request, which the broker refuses. And it may write a request between the
 * two parts of a login that it had let through before, which ends the connection: such requests go first.
 */
const authenticate = prototype.authenticate;
prototype.authenticate = async function renewInTime(this: SaslAuthenticator): Promise<void> {
  await this.connection.sasl.prepare?.();
  await setImmediate();
  await authenticate.call(this);
  this.connection.reauthenticationThreshold = renewalMargin(Number(this.sessionLifetime));
};
