import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyReply } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { type Static, Type } from 'typebox';
import { TactusError } from '../../../shared/core/errors.js';
import type { Routes } from '../http/app.js';
import { HttpProblem } from '../http/problem.js';
import { GraphqlContext } from './context.js';
import { buildSchema } from './schema.js';
import { newServer } from './server.js';
import type { GraphqlServices } from './services.js';

const PATH = '/graphql';
/** Reads of one request that are made at once; the others wait. */
const AT_ONCE = 4;
const NOT_ACCEPTABLE = 406;

const Request = Type.Object(
  {
    query: Type.String(),
    operationName: Type.Optional(Type.Union([Type.String({ maxLength: 256 }), Type.Null()])),
    variables: Type.Optional(Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()])),
    extensions: Type.Optional(Type.Unknown()),
  },
  { additionalProperties: false },
);

/** `/graphql`: what the other routes read and change, as GraphQL over HTTP. @param routes those below `/api/v1` */
export function graphqlRoute(services: GraphqlServices, routes: readonly Routes[]): Routes {
  return (api) => {
    const schema: GraphQLSchema = buildSchema(routes, services);
    const server = newServer(schema, services);
    api.post(
      PATH,
      {
        config: { right: 'read', anyTenant: true },
        schema: {
          // Its description is schema.graphql, and what introspection answers.
          hide: true,
          querystring: Type.Object(
            { tenantId: Type.Optional(Type.String({ maxLength: 256 })) },
            { additionalProperties: false },
          ),
          body: Request,
        },
      },
      async (request, reply) => {
        const own = new GraphqlContext(request, services, AT_ONCE, services.limits.graphqlMaxCost);
        const { accept = 'application/json' } = request.headers;
        const response = await server.fetch(
          `http://localhost${PATH}`,
          {
            method: 'POST',
            headers: { accept, 'content-type': 'application/json' },
            body: textOf(request.body),
          },
          { own },
        );
        return await send(reply, response);
      },
    );
  };
}

/** @throws TactusError `TACTUS_REQUEST_INVALID` */
function textOf(body: Static<typeof Request>): string {
  try {
    return JSON.stringify(body);
  } catch {
    // JSON that can be read, and not be written again.
    throw new TactusError('TACTUS_REQUEST_INVALID', 'variables: are nested too deeply');
  }
}

/** Answers, as a whole or as they come. */
async function send(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  if (response.status === NOT_ACCEPTABLE)
    throw new HttpProblem(
      NOT_ACCEPTABLE,
      'TACTUS_REQUEST_INVALID',
      'the header Accept: allowed are application/json and application/graphql-response+json, and text/event-stream, which a subscription needs',
    );
  const type = response.headers.get('content-type');
  reply.code(response.status).header('cache-control', 'no-store');
  if (type !== null) reply.header('content-type', type);
  const { body } = response;
  if (body === null || type === null || /json/.test(type))
    return reply.serializer((text: string) => text).send(await response.text());
  const { raw } = reply;
  // Node gives a connection to one response after the other: what waits behind another request would be written to memory.
  if (raw.socket === null || raw.socket.destroyed)
    throw new HttpProblem(
      409,
      'TACTUS_CONFLICT',
      'the connection has an earlier request that is not answered yet; allowed is a stream on a connection of its own',
    );
  reply.hijack();
  raw.writeHead(response.status, {
    ...(reply.getHeaders() as Record<string, string>),
    // Proxies such as nginx would keep events back until there is a page of them.
    'x-accel-buffering': 'no',
  });
  // Reads on only as the client takes what was sent. Who goes before the end is no fault.
  await pipeline(Readable.from(body), raw).catch(() => {});
  return reply;
}
