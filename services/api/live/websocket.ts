import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { Type } from 'typebox';
import type { WebSocket } from 'ws';
import { presentedKey } from '../../../shared/adapters/http/presented-key.js';
import type { Clock } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { Logger } from '../../../shared/process/logger.js';
import type { Gatekeeper } from '../access/asking.js';
import { accessOf, type Routes } from '../http/app.js';
import { requireSameOrigin } from '../http/same-origin.js';
import { CLOSED, type Closing } from './close-codes.js';
import type { Live } from './live.js';
import { LiveSession, type SessionSocket } from './session.js';
import { textFrame } from './text-frame.js';

export interface LiveRouteOptions {
  readonly live: Live;
  readonly gatekeeper: Gatekeeper;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: { readonly liveMaxSubscriptions: number };
  /** Of web pages that may connect, besides those of the same origin. */
  readonly corsOrigins: readonly string[];
}

/** A client that does not answer a close has the connection cut off. */
const CLOSE_MS = 3_000;
/** Browsers cannot set headers: a token may come as the name of a protocol. */
const TOKEN_PROTOCOL = 'tactus.bearer.';

/** `/ws/metrics`: live updates over a WebSocket, as README.md describes them. */
export function webSocketRoute(options: LiveRouteOptions): Routes {
  const { live, gatekeeper, clock, log, limits, corsOrigins } = options;
  return (api) => {
    api.get(
      '/ws/metrics',
      {
        websocket: true,
        // A token in the address would be written down on its way.
        schema: { hide: true, querystring: Type.Object({}, { additionalProperties: false }) },
        preValidation: async ({ headers }) => requireSameOrigin(headers, corsOrigins),
      },
      (socket, request) => {
        const access = accessOf(request);
        const token = presentedToken(request.headers);
        const connection = new Connection(socket, request.raw.socket, (code) => live.telemetry.closed(code));
        const session = new LiveSession({
          hub: live.service.hub,
          socket: connection,
          authenticate: (presented) => {
            const caller = gatekeeper.callerBy(presented, access);
            if (caller.kind === 'link')
              throw new TactusError(
                'TACTUS_NOT_ALLOWED',
                'a link to a dashboard has no live updates: ask again for what the dashboard shows',
              );
            return caller;
          },
          now: () => clock.now(),
          maxSubscriptions: limits.liveMaxSubscriptions,
          failed: (error) => log.error({ error }, 'a message of a live client could not be handled'),
        });
        live.telemetry.opened('websocket');
        live.service.add(session);
        socket.on('message', (data: Buffer, isBinary: boolean) => {
          if (isBinary) connection.close(CLOSED.binary);
          else session.receive(data.toString('utf8'));
        });
        socket.on('ping', () => session.alive());
        socket.on('pong', () => session.alive());
        // What is wrong with a frame ends the connection, which 'close' says too.
        socket.on('error', (error) => log.debug({ error }, 'a live client sent what is no WebSocket frame'));
        socket.on('close', () => {
          session.ended();
          live.service.remove(session);
          live.telemetry.ended('websocket');
        });
        // A token is checked at once: whoever has one does not wait behind those that have shown none.
        if (token === null) session.wait();
        else session.present(token);
      },
    );
  };
}

class Connection implements SessionSocket {
  constructor(
    private readonly socket: WebSocket,
    /** What it writes to. */
    private readonly raw: Socket,
    private readonly closed: (code: number) => void,
  ) {}

  buffered(): number {
    return this.socket.bufferedAmount;
  }

  /**
   * Most messages go to the socket as they are, in one piece: `ws` would make a buffer of each and write it in two, which
   * takes as long as all else that is done for a message. Nothing of its own is ever half written: messages are not compressed.
   */
  send(_type: string, text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    const frame = textFrame(text);
    if (frame === null) this.socket.send(text);
    else this.raw.write(frame, 'latin1');
  }

  close({ code, reason }: Closing): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    this.closed(code);
    this.socket.close(code, reason);
    const timer = setTimeout(() => this.socket.terminate(), CLOSE_MS);
    this.socket.once('close', () => clearTimeout(timer));
  }

  ping(): boolean {
    this.socket.ping();
    return false;
  }
}

function presentedToken(headers: IncomingHttpHeaders): string | null {
  const protocols = headers['sec-websocket-protocol']?.split(',').map((one) => one.trim()) ?? [];
  const named = protocols.find((one) => one.startsWith(TOKEN_PROTOCOL));
  return named?.slice(TOKEN_PROTOCOL.length) ?? presentedKey(headers);
}
