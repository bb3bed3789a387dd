import type { ServerResponse } from 'node:http';
import { Type } from 'typebox';
import { TactusError } from '../../../shared/core/errors.js';
import type { Routes } from '../http/app.js';
import { HttpProblem, PROBLEMS } from '../http/problem.js';
import { CLOSED, type Closing } from './close-codes.js';
import { readParameters } from './protocol.js';
import { LiveSession, type SessionSocket } from './session.js';
import { LIVE_KINDS } from './wanted.js';
import type { LiveRouteOptions } from './websocket.js';

/** One or several of a parameter. */
const Several = (description: string) =>
  Type.Optional(
    Type.Union(
      [Type.String({ maxLength: 520 }), Type.Array(Type.String({ maxLength: 520 }), { maxItems: 100 })],
      {
        description,
      },
    ),
  );

/** `/stream`: one subscription as server-sent events (HTML Living Standard, 9.2), for as long as the connection lasts. */
export function streamRoute({ live, clock, log }: LiveRouteOptions): Routes {
  return (api) => {
    api.get(
      '/stream',
      {
        config: { right: 'read', refusals: [409] },
        schema: {
          operationId: 'stream',
          summary: 'Live updates as server-sent events',
          description:
            'What is known comes first, then what changes: events metric_update, window_update, anomaly and alert, whose data are the messages of /ws/metrics. It ends with an event closed.',
          tags: ['live'],
          querystring: Type.Object(
            {
              tenantId: Type.Optional(Type.String({ maxLength: 256 })),
              metric: Several('Name or glob of metrics; may come several times. All without it'),
              tag: Several('NAME=TEXT that a series must have; may come several times'),
              kind: Several(`${LIVE_KINDS.join(', ')}; may come several times`),
            },
            { additionalProperties: false },
          ),
          response: {
            200: { description: 'Events', content: { 'text/event-stream': { schema: Type.String() } } },
            ...PROBLEMS,
          },
        },
      },
      (request, reply) => {
        const { caller, tenantId } = request.asking;
        const { metric, tag, kind } = request.query;
        const given = { metric: listOf(metric), tag: listOf(tag), kind: listOf(kind) };
        const asked = readParameters(tenantId, given);
        if (live.service.stopped)
          throw new HttpProblem(503, 'TACTUS_API_OVERLOADED', CLOSED.stopping.reason, { 'retry-after': '5' });
        if (live.service.hub.fullFor(caller.tenantId))
          throw new HttpProblem(
            503,
            'TACTUS_API_OVERLOADED',
            'there are as many live clients as may be (TACTUS_API_LIVE_MAX_CLIENTS; of one tenant half)',
            { 'retry-after': '5' },
          );
        const { raw } = reply;
        const { socket } = raw;
        // Node gives a connection to one response after the other: what waits behind another request would be written to memory.
        if (socket === null || socket.destroyed)
          throw new HttpProblem(
            409,
            'TACTUS_CONFLICT',
            'the connection has an earlier request that is not answered yet; allowed is a stream on a connection of its own',
          );
        reply.hijack();
        raw.writeHead(200, {
          ...(reply.getHeaders() as Record<string, string>),
          'content-type': 'text/event-stream',
          'cache-control': 'no-store',
          // Proxies such as nginx would keep events back until there is a page of them.
          'x-accel-buffering': 'no',
        });
        const session = new LiveSession({
          hub: live.service.hub,
          socket: new EventStream(raw, (code) => live.telemetry.closed(code)),
          authenticate: () => {
            throw new TactusError('TACTUS_INVARIANT', 'a stream of events takes no messages');
          },
          now: () => clock.now(),
          maxSubscriptions: 1,
          failed: (error) => log.error({ error }, 'a stream of events could not be begun'),
        });
        live.telemetry.opened('sse');
        live.service.add(session);
        let isEnded = false;
        // The response closes when the server ends it; when the connection does, Node says so of the socket alone for certain,
        // and may say it of both at once.
        const ended = () => {
          if (isEnded) return;
          isEnded = true;
          session.ended();
          live.service.remove(session);
          live.telemetry.ended('sse');
        };
        raw.once('close', ended);
        socket.once('close', ended);
        session.begin(caller, asked);
      },
    );
  };
}

/** A client that does not read to the end has the connection cut off. */
const CLOSE_MS = 3_000;

class EventStream implements SessionSocket {
  constructor(
    private readonly raw: ServerResponse,
    private readonly closed: (code: number) => void,
  ) {}

  buffered(): number {
    return this.raw.writableLength;
  }

  send(type: string, text: string): void {
    this.raw.write(`event: ${type}\ndata: ${text}\n\n`);
  }

  close({ code, reason }: Closing): void {
    this.closed(code);
    this.raw.end(`event: closed\ndata: ${JSON.stringify({ type: 'closed', code, reason })}\n\n`);
    const timer = setTimeout(() => this.raw.destroy(), CLOSE_MS);
    this.raw.once('close', () => clearTimeout(timer));
  }

  /** A comment keeps proxies from taking the connection for a dead one. Nothing is to come back. */
  ping(): boolean {
    this.raw.write(': here\n\n');
    return true;
  }
}

function listOf(value: string | string[] | undefined): string[] | undefined {
  return typeof value === 'string' ? [value] : value;
}
