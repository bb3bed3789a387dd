import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import compress from '@fastify/compress';
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import websocket from '@fastify/websocket';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import {
  listenAt,
  type NodeServerOptions,
  nodeServer,
  openConnections,
} from '../../../shared/adapters/http/node-server.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import type { Access } from '../../../shared/ports/keys.js';
import type { Logger } from '../../../shared/process/logger.js';
import type { Asking, Gatekeeper } from '../access/asking.js';
import type { Right } from '../access/caller.js';
import { answerClientError } from './client-errors.js';
import { conditionalReads } from './conditional.js';
import { describedDocument, describedRoute } from './description.js';
import { type ErrorAnswer, Problem, problemOf } from './problem.js';
import { boundUnreadAnswers } from './unread-answers.js';
import { compileSchema, invalidRequest } from './validation.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller needs; without it everybody may ask. */
    readonly right?: Right;
    /** Callers for several tenants need not name one. */
    readonly anyTenant?: boolean;
    /** Lets in who has a link to a dashboard, and throws where that does not show what is asked for. */
    readonly byLink?: (request: FastifyRequest) => Promise<void>;
    /** How errors are answered; as RFC 9457 has it by default. */
    readonly errors?: (error: TactusError) => ErrorAnswer;
  }
  interface FastifyRequest {
    /** Of routes that need a right. */
    asking: Asking;
    /** Aborts when the client has gone before its answer. */
    gone: AbortSignal;
  }
}

/** The application that routes are added to: schemas of typebox are validator, type and description at once. */
export type Api = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Adds routes below a prefix. */
export type Routes = (api: Api) => void;

export interface AppOptions extends NodeServerOptions {
  readonly version: string;
  readonly maxBodyBytes: number;
  readonly corsOrigins: readonly string[];
  /** Networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly gatekeeper: Gatekeeper;
  readonly log: Logger;
  /** Below `/api/v1`, and below `/analytics` as an alias. */
  readonly routes: readonly Routes[];
  /** At the root. */
  readonly rootRoutes: readonly Routes[];
  /** @param path as it is declared; undefined for one that there is not */
  readonly answered: (method: string, path: string | undefined, status: number, seconds: number) => void;
}

export interface App {
  readonly api: Api;
  listen(at: { readonly host: string; readonly port: number }): Promise<number>;
  connections(): Promise<number>;
  /** Takes no new requests; resolves when those that were begun are answered. */
  close(): Promise<void>;
}

const PREFIX = '/api/v1';
/** Names that users of the earlier system know. */
const ALIAS = '/analytics';
/** Of a WebSocket. */
const PROTOCOL = 'tactus';
/** Messages on a socket are subscriptions, at most. */
const MAX_MESSAGE_BYTES = 65_536;
/** Frames of a message, or pieces that a frame comes in. */
const MAX_MESSAGE_PIECES = 512;

export async function buildApp(options: AppOptions): Promise<App> {
  const { routes, rootRoutes, gatekeeper } = options;
  let server: Server | undefined;
  const api: Api = fastify({
    serverFactory: (handler) => {
      server = nodeServer(options, handler as RequestListener);
      return server;
    },
    bodyLimit: options.maxBodyBytes,
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1_024 },
    clientErrorHandler: answerClientError,
    frameworkErrors: (_error, request, reply) => void unknownPath(api, request, reply as FastifyReply),
  }).withTypeProvider<TypeBoxTypeProvider>();
  api.addSchema(Problem);
  api.setValidatorCompiler(compileSchema);
  api.setErrorHandler((error, request, reply) =>
    // Before a path is known to be unknown, its body was read.
    request.is404 ? unknownPath(api, request, reply) : send(reply, errorOf(error), options.log, request),
  );
  api.setNotFoundHandler((request, reply) => unknownPath(api, request, reply));
  api.addHook('onResponse', (request, reply, done) => {
    const path = request.is404 ? undefined : request.routeOptions.url;
    options.answered(request.method, path, reply.statusCode, reply.elapsedTime / 1_000);
    forgetGone(request.raw);
    done();
  });
  // Getters: most requests are answered before anybody asks for it.
  api.decorateRequest('gone', {
    getter(this: FastifyRequest) {
      return goneSignal(this);
    },
  });
  api.decorateRequest('asking');
  api.addHook('preValidation', (request, _reply, done) => {
    const { right, anyTenant = false, byLink } = request.routeOptions.config;
    if (right === undefined || request.is404) return done();
    const access = accessOf(request);
    const caller = gatekeeper.callerOf(request.headers, access);
    const need = { right, anyTenant, byLink: byLink !== undefined };
    request.asking = gatekeeper.admit(caller, need, namedTenants(request), access);
    done();
  });
  api.addHook('preHandler', (request, _reply, done) => {
    const { byLink } = request.routeOptions.config;
    if (byLink === undefined || request.asking?.caller.kind !== 'link') done();
    else byLink(request).then(() => done(), done);
  });
  conditionalReads(api);
  boundUnreadAnswers(api);
  await edge(api, options);
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tactus',
        version: options.version,
        description: `Everything below \`${PREFIX}\` is also there below \`${ALIAS}\`.`,
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or an access token' },
          key: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
        },
      },
      security: [{ bearer: [] }, { key: [] }],
    },
    transform: describedRoute,
    transformObject: describedDocument as never,
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `schema-${i}`) },
  });
  // Without a bar that shows somebody else's name, and takes the address of another description.
  await api.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Tactus API' },
    uiConfig: { layout: 'BaseLayout' },
  });
  const all = (scope: Api) => {
    for (const add of routes) add(scope);
  };
  await api.register(async (scope) => all(scope as Api), { prefix: PREFIX });
  await api.register(
    async (scope) => {
      // Twice in the description, each operation would have no name of its own.
      scope.addHook('onRoute', (route) => {
        route.schema = { ...route.schema, hide: true };
      });
      all(scope as Api);
    },
    { prefix: ALIAS },
  );
  await api.register(async (scope) => {
    for (const add of rootRoutes) add(scope as Api);
  });
  api.get('/openapi.json', { schema: { hide: true } }, () => api.swagger());
  await api.ready();
  const listening = server as unknown as Server;
  return {
    api,
    listen: async (at) => {
      await listenAt('api', at, (to) => api.listen(to));
      return (listening.address() as AddressInfo).port;
    },
    connections: () => openConnections(listening),
    close: () => api.close(),
  };
}

/** What browsers are to keep to, and what crosses the wire. */
async function edge(api: Api, { corsOrigins, tls }: AppOptions): Promise<void> {
  await api.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        // The pages of /docs show an icon that they hold themselves.
        imgSrc: ["'self'", 'data:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
        frameAncestors: ["'none'"],
        upgradeInsecureRequests: null,
      },
    },
    strictTransportSecurity: tls === null ? false : { maxAge: 31_536_000 },
    referrerPolicy: { policy: 'no-referrer' },
  });
  await api.register(cors, {
    origin: corsOrigins.length === 0 ? false : [...corsOrigins],
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['etag', 'idempotent-replayed', 'location', 'retry-after'],
  });
  await api.register(cookie);
  await api.register(compress, { global: true, threshold: 1_024, encodings: ['br', 'gzip'] });
  await api.register(websocket, {
    options: {
      maxPayload: MAX_MESSAGE_BYTES,
      // Each costs some hundred bytes more than what is in it, for as long as the message is not whole.
      maxFragments: MAX_MESSAGE_PIECES,
      maxBufferedChunks: MAX_MESSAGE_PIECES,
      // The other names that a client gives may hold its token, which no answer is to repeat.
      handleProtocols: (names: Set<string>) => (names.has(PROTOCOL) ? PROTOCOL : false),
    },
  });
}

/** Method and path, never the query, and the address of who asks. */
export function accessOf(request: FastifyRequest): Access {
  const path = request.url.split('?')[0] ?? '';
  return { resource: `${request.method} ${path}`, from: request.ip };
}

/** A request may name its tenant in the path, the query or a header. */
export function namedTenants({ params, query, headers }: FastifyRequest): string[] {
  const { tenantId: inPath } = params as { tenantId?: unknown };
  const { tenantId: inQuery } = query as { tenantId?: unknown };
  const inHeader = headers['x-scope-orgid'];
  return [inPath, inQuery, inHeader].filter((one): one is string => typeof one === 'string' && one !== '');
}

interface Gone {
  readonly signal: AbortSignal;
  readonly listener: () => void;
}

const gone = new WeakMap<IncomingMessage, Gone>();

function goneSignal({ raw }: FastifyRequest): AbortSignal {
  const known = gone.get(raw);
  if (known !== undefined) return known.signal;
  const controller = new AbortController();
  const listener = () => controller.abort();
  if (raw.socket.destroyed) controller.abort();
  else raw.socket.once('close', listener);
  gone.set(raw, { signal: controller.signal, listener });
  return controller.signal;
}

/** A connection outlives its requests. */
function forgetGone(raw: IncomingMessage): void {
  const known = gone.get(raw);
  if (known !== undefined) raw.socket.off('close', known.listener);
}

/** What Fastify refuses has a status and a code of its own. */
function errorOf(error: unknown): TactusError {
  if (error instanceof TactusError) return error;
  const { validation, validationContext, statusCode, code } = error as {
    validation?: Parameters<typeof invalidRequest>[0];
    validationContext?: string;
    statusCode?: number;
    code?: string;
  };
  if (validation !== undefined) return invalidRequest(validation, validationContext);
  if (statusCode === 413)
    return new TactusError('TACTUS_BODY_TOO_LARGE', `${messageOf(error)} (TACTUS_API_MAX_BODY_BYTES)`);
  if (statusCode === 415) return new TactusError('TACTUS_BODY_UNSUPPORTED', messageOf(error));
  if (statusCode !== undefined && statusCode < 500)
    return new TactusError(
      code === 'FST_ERR_CTP_INVALID_JSON_BODY' || error instanceof SyntaxError
        ? 'TACTUS_BODY_UNDECODABLE'
        : 'TACTUS_REQUEST_INVALID',
      messageOf(error),
    );
  return new TactusError('TACTUS_INVARIANT', messageOf(error), { cause: error });
}

function send(reply: FastifyReply, error: TactusError, log: Logger, request: FastifyRequest): FastifyReply {
  const { status, headers, body } = (request.routeOptions.config?.errors ?? problemOf)(error);
  if (status >= 500)
    log.error(
      { error },
      `answering ${request.method} ${request.routeOptions?.url ?? ''} failed: ${error.message}`,
    );
  return reply.code(status).headers(headers).serializer(JSON.stringify).send(body);
}

/** 404, or 405 where only the method is another. */
function unknownPath(api: Api, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split('?')[0] ?? '';
  const methods = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).filter(
    (method) => api.findRoute({ method, url: path }) !== null,
  );
  const error = new TactusError(
    'TACTUS_PATH_UNKNOWN',
    `there is no ${request.method} ${JSON.stringify(path.slice(0, 128))}; /docs and /openapi.json list what there is`,
  );
  const { headers, body } = problemOf(error);
  // Of a method that there is, the path has a part that is too long or not well encoded.
  const asked = request.method === 'HEAD' ? 'GET' : request.method;
  const isOther = methods.length > 0 && !methods.some((method) => method === asked);
  const status = isOther ? 405 : 404;
  if (isOther) reply.header('allow', methods.join(', '));
  return reply
    .code(status)
    .headers(headers)
    .serializer(JSON.stringify)
    .send({ ...body, status });
}
