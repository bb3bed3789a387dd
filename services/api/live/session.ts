import type { Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { ALL_TENANTS } from '../../../shared/ports/keys.js';
import { CLOSED, type Closing } from './close-codes.js';
import { charactersOf, type LiveClient, type LiveSink } from './live-client.js';
import type { LiveHub } from './live-hub.js';
import { type Asked, type ClientMessage, readMessage } from './protocol.js';
import type { Wanted } from './wanted.js';

/** What a session has to know of who is on the other side. */
export interface LiveCaller {
  readonly tenantId: string;
  readonly expiresAt: Millis | null;
  may(right: 'read', tenantId: string): boolean;
  inForce(now: Millis): boolean;
}

/** The connection of a session. */
export interface SessionSocket extends Omit<LiveSink, 'tooSlow'> {
  close(closing: Closing): void;
  /** Asks the other side for a sign of life. @returns true where none has to be waited for */
  ping(): boolean;
}

export interface SessionOptions {
  readonly hub: LiveHub;
  readonly socket: SessionSocket;
  /** @throws TactusError `TACTUS_CREDENTIALS_REFUSED` */
  readonly authenticate: (token: string) => LiveCaller | Promise<LiveCaller>;
  readonly now: () => Millis;
  readonly maxSubscriptions: number;
  /** Something went wrong that is no fault of the other side; the connection is closed. */
  readonly failed: (error: unknown) => void;
}

/** Without a token for so long a connection is closed. */
const AUTH_MS = 10_000;
const PING_EACH_S = 20;
const SECOND_MS = 1_000;
/** Messages that a client may send at once, and per second in the long run. */
const BURST = 200;
const PER_SECOND = 20;
/** The same of subscriptions, each of which looks at the series of a tenant. */
const SUBSCRIBE_BURST = 60;
const SUBSCRIBE_PER_SECOND = 5;
/** Messages that wait for a token to be checked. */
const MAX_WAITING = 32;
/** Names of metrics and tags in all subscriptions of a connection: as many as one message may have. */
const MAX_CHARACTERS = 65_536;

/**
 * One connection that speaks the protocol of README.md: who it is, what it has subscribed to, and for how long it may.
 * `second` is to be called each second: what is revoked or has expired is cut off then.
 */
export class LiveSession {
  /** Null until it is known who is on the other side. */
  #client: LiveClient | null = null;
  /** It takes one of the places of those that have shown no token yet. */
  #isNewcomer = false;
  readonly #openedAt: Millis;
  #caller: LiveCaller | null = null;
  /** Messages that came while a token is being checked; null while none is. */
  #waiting: ClientMessage[] | null = null;
  #ended = false;
  #allowance = BURST;
  #subscribeAllowance = SUBSCRIBE_BURST;
  #seconds = 0;
  #alive = true;
  /** Calls of `second` in a row that found too much on its way, and when the hub had sent something last. */
  #slowSeconds = 0;
  #sentAt: Millis | null = null;
  #made = 0;

  constructor(private readonly options: SessionOptions) {
    this.#openedAt = options.now();
  }

  /** Nobody is known yet: a token has to come. */
  wait(): void {
    this.#isNewcomer = this.options.hub.places.addNewcomer();
    if (!this.#isNewcomer) this.#close(CLOSED.full);
  }

  /** The connection came with a token already. */
  present(token: string): void {
    if (!this.#ended) void this.#authenticate(token);
  }

  /** It is known already who is on the other side, and what is wanted, which is allowed. */
  begin(caller: LiveCaller, asked: Asked): void {
    this.#caller = caller;
    if (this.#open(caller)) this.#subscribe(null, asked);
  }

  /** A message of the other side. */
  receive(text: string): void {
    this.alive();
    if (this.#ended) return;
    try {
      const message = readMessage(text);
      if (message.type === 'subscribe') this.#subscribeAllowance -= 1;
      if (this.#subscribeAllowance < 0) {
        this.#close(CLOSED.flooding);
        return;
      }
      if (this.#waiting === null || message.type === 'ping') this.#take(message);
      else if (this.#waiting.push(message) > MAX_WAITING) this.#close(CLOSED.flooding);
    } catch (error) {
      this.#sendError(error, null);
    }
  }

  /** The other side has shown that it is there, by a message or what the protocol has for it: it may not do so too often. */
  alive(): void {
    if (this.#ended) return;
    this.#alive = true;
    this.#allowance -= 1;
    if (this.#allowance < 0) this.#close(CLOSED.flooding);
  }

  second(): void {
    if (this.#ended) return;
    const { now } = this.options;
    this.#allowance = Math.min(BURST, this.#allowance + PER_SECOND);
    this.#subscribeAllowance = Math.min(SUBSCRIBE_BURST, this.#subscribeAllowance + SUBSCRIBE_PER_SECOND);
    const closing =
      (this.#caller === null ? this.#unauthenticated(now()) : this.#outOfForce(this.#caller, now())) ??
      this.#readsTooSlowly();
    if (closing !== null) this.#close(closing);
    else {
      this.#dropNotAllowed();
      this.#seconds += 1;
      if (this.#seconds % PING_EACH_S === 0) this.#askForLife();
    }
  }

  #askForLife(): void {
    // Nothing since the last time, not even what answers that.
    if (!this.#alive) this.#close(CLOSED.slow);
    else this.#alive = this.options.socket.ping();
  }

  /** The server is stopping. */
  stop(): void {
    this.#close(CLOSED.stopping);
  }

  /** The connection has ended. */
  ended(): void {
    this.#leave();
  }

  /** Takes a place among the clients, which only those have that are known. @returns false where there is none */
  #open({ tenantId }: LiveCaller): boolean {
    if (this.#client !== null) return true;
    const { hub, socket } = this.options;
    this.#client = hub.open(
      {
        buffered: () => socket.buffered(),
        send: (type, text) => socket.send(type, text),
        tooSlow: () => this.#close(CLOSED.slow),
      },
      tenantId,
    );
    this.#noNewcomer();
    if (this.#client === null) this.#close(CLOSED.full);
    return this.#client !== null;
  }

  #noNewcomer(): void {
    if (this.#isNewcomer) this.options.hub.places.removeNewcomer();
    this.#isNewcomer = false;
  }

  #leave(): void {
    this.#ended = true;
    this.#noNewcomer();
    if (this.#client !== null) this.options.hub.close(this.#client);
  }

  #take(message: ClientMessage): void {
    switch (message.type) {
      case 'ping':
        this.options.socket.send('pong', 'pong');
        break;
      case 'auth':
        void this.#authenticate(message.token);
        break;
      case 'subscribe':
        this.#subscribe(message.id, message.asked);
        break;
      case 'unsubscribe':
        this.#unsubscribe(message.id);
    }
  }

  /** Never fails. */
  async #authenticate(token: string): Promise<void> {
    this.#waiting ??= [];
    try {
      const caller = await this.options.authenticate(token);
      if (this.#ended || !this.#open(caller)) return;
      this.#caller = caller;
      const { expiresAt } = caller;
      this.#send({ type: 'authenticated', expiresAt: expiresAt === null ? null : isoTime(expiresAt) });
    } catch (error) {
      this.#sendError(error, null);
      // One that was to take the place of another leaves that in use.
      if (this.#caller === null) this.#close(CLOSED.unauthenticated);
    }
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const message of waiting) this.#takeSafely(message);
  }

  /** One that was kept while a token was checked; it may have to wait for another one. */
  #takeSafely(message: ClientMessage): void {
    if (this.#ended) return;
    if (this.#waiting !== null) this.#waiting.push(message);
    else this.#take(message);
  }

  #subscribe(givenId: string | null, asked: Asked): void {
    const { hub, maxSubscriptions } = this.options;
    const client = this.#client;
    const id = givenId ?? this.#newId(client);
    try {
      const wanted = this.#allowed(asked);
      if (client === null) return;
      if (client.subscriptions.size >= maxSubscriptions && !client.subscriptions.has(id))
        throw new TactusError(
          'TACTUS_REQUEST_INVALID',
          `the connection has ${maxSubscriptions} subscriptions, which is as many as are allowed (TACTUS_API_LIVE_MAX_SUBSCRIPTIONS)`,
        );
      requireRoom(client, id, wanted);
      const { series, limited } = hub.subscribe(client, id, wanted);
      const { tenantId } = wanted;
      this.#send({ type: 'subscribed', id, tenantId, series, limited });
    } catch (error) {
      this.#sendError(error, id);
    }
  }

  #allowed({ tenantId: asked, ...wanted }: Asked): Wanted {
    const caller = this.#caller;
    if (caller === null)
      throw new TactusError(
        'TACTUS_CREDENTIALS_REFUSED',
        'send {"type":"auth","token":…} before anything else',
      );
    const tenantId = asked ?? caller.tenantId;
    if (tenantId === ALL_TENANTS)
      throw new TactusError(
        'TACTUS_REQUEST_INVALID',
        'tenantId is missing; allowed is the name of one tenant',
      );
    if (!caller.may('read', tenantId))
      throw new TactusError(
        'TACTUS_NOT_ALLOWED',
        `the caller may not read the tenant ${JSON.stringify(tenantId)}`,
      );
    return { ...wanted, tenantId };
  }

  #newId(client: LiveClient | null): string {
    do this.#made += 1;
    while (client?.subscriptions.has(String(this.#made)));
    return String(this.#made);
  }

  #unsubscribe(id: string): void {
    const { hub } = this.options;
    const client = this.#client;
    if (client !== null && hub.unsubscribe(client, id)) this.#send({ type: 'unsubscribed', id });
    else
      this.#sendError(
        new TactusError(
          'TACTUS_REQUEST_INVALID',
          `id is ${JSON.stringify(id)}; there is no such subscription`,
        ),
        id,
      );
  }

  #unauthenticated(now: Millis): Closing | null {
    return now - this.#openedAt >= AUTH_MS ? CLOSED.unauthenticated : null;
  }

  #outOfForce(caller: LiveCaller, now: Millis): Closing | null {
    if (caller.expiresAt !== null && now >= caller.expiresAt) return CLOSED.expired;
    return caller.inForce(now) ? null : CLOSED.revoked;
  }

  /** The hub sees to what it sends itself; what answers messages is sent at once, and one that does not read collects it. */
  #readsTooSlowly(): Closing | null {
    const { hub, socket } = this.options;
    const sentAt = this.#client?.sentAt ?? null;
    const isBlocked = socket.buffered() > hub.limits.maxBufferedBytes && sentAt === this.#sentAt;
    this.#sentAt = sentAt;
    this.#slowSeconds = isBlocked ? this.#slowSeconds + 1 : 0;
    return (this.#slowSeconds - 1) * SECOND_MS >= hub.limits.slowCloseMs ? CLOSED.slow : null;
  }

  /** Subscriptions to tenants that the caller may not read any more end. */
  #dropNotAllowed(): void {
    const { hub } = this.options;
    const client = this.#client;
    if (client === null) return;
    for (const { id, wanted } of client.subscriptions.values()) {
      if (this.#caller?.may('read', wanted.tenantId) === true) continue;
      hub.unsubscribe(client, id);
      this.#send({ type: 'unsubscribed', id });
      this.#sendError(
        new TactusError(
          'TACTUS_NOT_ALLOWED',
          `the caller may not read the tenant ${JSON.stringify(wanted.tenantId)} any more`,
        ),
        id,
      );
    }
  }

  #send(message: { readonly type: string; readonly [field: string]: unknown }): void {
    if (!this.#ended) this.options.socket.send(message.type, JSON.stringify(message));
  }

  #sendError(error: unknown, id: string | null): void {
    if (!(error instanceof TactusError)) {
      this.options.failed(error);
      this.#close(CLOSED.failed);
    } else
      this.#send({ type: 'error', code: error.code, message: error.message, ...(id === null ? {} : { id }) });
  }

  #close(closing: Closing): void {
    if (this.#ended) return;
    this.#leave();
    this.options.socket.close(closing);
  }
}

/** @throws TactusError where the client keeps more text here than a client may */
function requireRoom(client: LiveClient, id: string, wanted: Wanted): void {
  let characters = charactersOf(wanted);
  for (const other of client.subscriptions.values()) if (other.id !== id) characters += other.characters;
  if (characters > MAX_CHARACTERS)
    throw new TactusError(
      'TACTUS_REQUEST_INVALID',
      `the subscriptions of the connection would name metrics and tags of ${characters} characters; allowed are ${MAX_CHARACTERS} in all`,
    );
}
