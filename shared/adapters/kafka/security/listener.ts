import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Millis } from '../../../core/clock.js';
import type { TlsMaterial } from '../../../files/tls-files.js';
import { tlsProblem } from '../../security/tls-problem.js';
import { VARIABLES } from './login.js';

/*
 * A broker closes the connection of a client that speaks TLS where it does not, or the other way round, or that does
 * not log in, without a word. This asks such a listener what it wants.
 */

const ANSWER_MS: Millis = 3_000;
/** A listener that goes on closing connections is asked again after this time. */
const ASK_AGAIN_MS: Millis = 1_000;
/** What a listener wants may change. */
const KNOWN_MS: Millis = 60_000;
/** A connection that was of use has read more than the versions of requests. */
const USELESS_BYTES = 4_096;
/** A refusal of a certificate comes right after the handshake. */
const REFUSAL_MS: Millis = 1_000;
const MAX_ANSWER_BYTES = 4_096;
const MAX_LISTENERS = 100;
const SASL_HANDSHAKE = 17;
const NONE = 0;
const UNSUPPORTED_SASL_MECHANISM = 33;

interface Listener {
  readonly askedAt: Millis;
  /** There is no answer yet. */
  asking: boolean;
  /** Null for what it has. */
  wants: string | null;
}

/** By `host:port`. */
const listeners = new Map<string, Listener>();

/** What the listener has to be given, once it is known, going on from its name; null otherwise. */
export function wantedBy(listener: string): string | null {
  const known = listeners.get(listener);
  return known === undefined || performance.now() - known.askedAt > KNOWN_MS ? null : known.wants;
}

/** Has the listener asked where the socket ends before it was of use. */
export function inquireAtEnd(
  socket: Socket,
  host: string,
  port: number,
  { tls, logsIn }: { readonly tls: TlsMaterial | null; readonly logsIn: boolean },
): void {
  const key = `${host}:${port}`;
  let connected = false;
  socket.once('connect', () => {
    connected = true;
  });
  socket.once('close', () => {
    const known = listeners.get(key);
    if (socket.bytesRead > USELESS_BYTES) listeners.delete(key);
    if (!connected || socket.bytesRead > USELESS_BYTES) return;
    if (known !== undefined && (known.asking || performance.now() - known.askedAt < ASK_AGAIN_MS)) return;
    if (listeners.size >= MAX_LISTENERS) listeners.clear();
    const listener: Listener = { askedAt: performance.now(), asking: true, wants: known?.wants ?? null };
    listeners.set(key, listener);
    void inquire(host, port, tls, logsIn).then((wants) => {
      listener.wants = wants;
      listener.asking = false;
    });
  });
}

async function inquire(
  host: string,
  port: number,
  tls: TlsMaterial | null,
  logsIn: boolean,
): Promise<string | null> {
  if (tls === null) {
    // Only to see whether there is TLS: nothing is sent, so it does not matter who answers.
    const found = await ask(connectTls({ host, port, rejectUnauthorized: false }), 'secureConnect', null);
    if (found !== null) return ' speaks TLS: set TACTUS_KAFKA_TLS=true, or TACTUS_KAFKA_TLS_CA_FILE';
  } else if ((await ask(connectPlain({ host, port }), 'connect', handshake())) !== null)
    return ' does not speak TLS: leave TACTUS_KAFKA_TLS… out, or correct the port in KAFKA_BROKERS';
  else {
    const refusal = await refusalOf(connectTls({ host, port, ...tls.options(host) }));
    if (refusal !== null) return `: ${refusal}`;
  }
  if (logsIn) return null;
  const answer =
    tls === null
      ? await ask(connectPlain({ host, port }), 'connect', handshake())
      : await ask(connectTls({ host, port, ...tls.options(host) }), 'secureConnect', handshake());
  const mechanisms = answer === null ? null : mechanismsIn(answer);
  return mechanisms === null ? null : ` wants a login (${mechanisms}): set TACTUS_KAFKA_SASL_MECHANISM`;
}

/**
 * What is wrong with the certificates, null where nothing is. A server looks at that of a client after the client's side
 * of the handshake is over; what the client has sent by then may cost it the reason.
 */
function refusalOf(socket: Socket): Promise<string | null> {
  return foundOut<string>(socket, REFUSAL_MS, (done) => {
    socket.on('error', (error) => done(tlsProblem(error, VARIABLES)));
  });
}

/** What the other side answers, null where that is nothing; without a question, whether it gets as far as `ready`. */
function ask(
  socket: Socket,
  ready: 'connect' | 'secureConnect',
  question: Buffer | null,
): Promise<Buffer | null> {
  return foundOut<Buffer>(socket, ANSWER_MS, (done) => {
    let answer = Buffer.alloc(0);
    socket.once(ready, () => {
      if (question === null) done(answer);
      else socket.write(question);
    });
    socket.on('data', (more: Buffer) => {
      answer = Buffer.concat([answer, more]);
      const size = answer.length < 4 ? 0 : answer.readInt32BE(0);
      if (size < 0 || size > MAX_ANSWER_BYTES) done(null);
      else if (size > 0 && answer.length >= 4 + size) done(answer.subarray(4));
    });
  });
}

/** What `watch` finds out by a connection, which is then closed; null when it ends before, or after `ms`. */
function foundOut<T>(
  socket: Socket,
  ms: Millis,
  watch: (done: (outcome: T | null) => void) => void,
): Promise<T | null> {
  return new Promise((resolve) => {
    const done = (outcome: T | null) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => done(null), ms);
    timer.unref();
    watch(done);
    socket.on('error', () => done(null));
    socket.on('close', () => done(null));
  });
}

/** SaslHandshake, version 1: the only request besides ApiVersions that every listener answers. */
function handshake(): Buffer {
  const text = (value: string) => {
    const bytes = Buffer.from(value);
    return [Buffer.of(bytes.length >> 8, bytes.length & 255), bytes];
  };
  const head = Buffer.alloc(12);
  head.writeInt16BE(SASL_HANDSHAKE, 4);
  head.writeInt16BE(1, 6);
  const request = Buffer.concat([head, ...text('tactus'), ...text('PLAIN')]);
  request.writeInt32BE(request.length - 4, 0);
  return request;
}

/** The mechanisms of a listener that wants a login; null where it takes none. */
function mechanismsIn(answer: Buffer): string | null {
  const code = answer.length < 6 ? -1 : answer.readInt16BE(4);
  if (code !== NONE && code !== UNSUPPORTED_SASL_MECHANISM) return null;
  const names = answer
    .subarray(10)
    .toString('latin1')
    .match(/[A-Z][A-Z0-9-]+/g);
  return (names ?? []).join(', ');
}
