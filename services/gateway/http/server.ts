import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyReply } from 'fastify';
import {
  listenAt,
  type NodeServerOptions,
  nodeServer,
  openConnections,
} from '../../../shared/adapters/http/node-server.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import type { Logger } from '../../../shared/process/logger.js';
import type { Answer, Format } from '../formats/format.js';
import { type Receiver, RequestFailed } from './receiver.js';
import type { Route } from './routes.js';

const READ = ['GET', 'HEAD'] as const;
const READ_PATHS: ReadonlySet<string> = new Set(['/openapi.json', '/ping', '/health']);

export interface ServerOptions extends NodeServerOptions {
  readonly host: string;
  readonly port: number;
  readonly routes: readonly Route[];
  readonly receiver: Receiver;
  /** OpenAPI of the JSON paths. */
  readonly description: object;
  /** Answers what no format is for: unknown paths. */
  readonly plain: Pick<Format, 'refuse'>;
  readonly log: Logger;
  /** @param path as it is declared; undefined for one that there is not */
  readonly answered: (method: string, path: string | undefined, status: number, seconds: number) => void;
}

export interface GatewayServer {
  readonly port: number;
  readonly connections: () => Promise<number>;
  /** Takes no new connections and no new requests; resolves when those that were begun are answered. */
  close(): Promise<void>;
}

/** The HTTP edge: connections, time-outs, paths. What a request means is the receiver's. */
export async function serve(options: ServerOptions): Promise<GatewayServer> {
  const { routes, receiver, host, port, log } = options;
  let server: Server | undefined;
  const app = fastify({
    serverFactory: (handler) => {
      server = nodeServer(options, handler as RequestListener);
      return server;
    },
    // While it closes, requests on connections that are kept are refused; senders try again elsewhere.
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    // Paths come from outside: what is no path is answered as any that is not known.
    frameworkErrors: (_error, _request, reply) => void unknownPath(options, reply as FastifyReply),
  });
  app.addHook('onResponse', (request, reply, done) => {
    options.answered(
      request.method,
      request.is404 ? undefined : request.routeOptions.url,
      reply.statusCode,
      reply.elapsedTime / 1_000,
    );
    done();
  });
  app.removeAllContentTypeParsers();
  // Bodies are read by the receiver, which counts them.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.get('/openapi.json', (_request, reply) => void reply.send(options.description));
  for (const { path, format } of routes)
    app.post(path, async (request, reply) => {
      const answer = await receiver.receive(format(request.headers), request.raw);
      if (answer === null) return reply.hijack();
      return send(reply, answer, request.raw.complete);
    });
  // What clients of InfluxDB ask before they write: they read the version to know which API this is.
  app.get('/ping', (_request, reply) => reply.code(204).header('x-influxdb-version', '1.8.10').send());
  app.get('/health', (_request, reply) =>
    reply.send({ name: 'tactus', status: 'pass', message: 'ready for writes' }),
  );
  app.setNotFoundHandler((_request, reply) => unknownPath(options, reply));
  app.setErrorHandler((error, request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    const about = error instanceof RequestFailed ? { error: error.cause, ...error.about } : { error };
    if (status >= 500) log.error(about, `answering ${request.url.split('?')[0]} failed: ${messageOf(error)}`);
    // Senders drop what is answered with 500, and repeat what is answered with 503.
    const known =
      status >= 500
        ? new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'the request could not be handled', { cause: error })
        : new TactusError('TACTUS_BODY_UNSUPPORTED', messageOf(error));
    return send(reply, receiver.refusal(options.plain, known, request.headers), false);
  });
  await listenAt('gateway', { host, port }, (at) => app.listen(at));
  const listening = server as Server;
  return {
    port: (listening.address() as AddressInfo).port,
    connections: () => openConnections(listening),
    close: () => app.close(),
  };
}

/** 404, or 405 where only the method is another; in the form of the path's own format, where it has one. */
function unknownPath({ plain, routes }: ServerOptions, reply: FastifyReply): FastifyReply {
  const { url, method, headers } = reply.request;
  const path = url.split('?')[0] ?? '';
  const route = routes.find((one) => one.path === path);
  const allow = route !== undefined ? ['POST'] : READ_PATHS.has(path) ? READ : [];
  const allowed =
    allow.length > 0
      ? allow.join(' and ')
      : `POST to ${routes.map((one) => one.path).join(', ')}, and GET of ${[...READ_PATHS].join(', ')}`;
  const error = new TactusError(
    'TACTUS_PATH_UNKNOWN',
    `there is no ${method} ${JSON.stringify(path.slice(0, 64))}; allowed are ${allowed}`,
  );
  if (allow.length > 0) reply.header('allow', allow.join(', '));
  const problem = { status: allow.length > 0 ? 405 : 404, error };
  return send(reply, (route?.format(headers) ?? plain).refuse(problem, headers), true);
}

/** @param complete the body was read: otherwise the rest of it would be taken for the next request, and is not worth reading */
function send(reply: FastifyReply, { status, headers, body }: Answer, complete: boolean): FastifyReply {
  reply.code(status).headers(headers);
  if (!complete) reply.header('connection', 'close');
  return reply.send(body);
}
