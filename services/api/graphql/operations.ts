import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Right } from '../access/caller.js';
import type { Api, Routes } from '../http/app.js';
import type { JsonSchema } from './json-schema.js';

/** Where the arguments of a field go in the request of its route. */
export const PARTS = ['params', 'querystring', 'headers', 'body'] as const;
export type Part = (typeof PARTS)[number];

/** What a route does, apart from HTTP. */
export interface Operation {
  readonly id: string;
  readonly summary: string;
  readonly right: Right;
  readonly anyTenant: boolean;
  /** Whether it leaves everything as it was. */
  readonly reads: boolean;
  readonly parts: Readonly<Partial<Record<Part, JsonSchema>>>;
  /** Null where there is nothing to answer but that it is done. */
  readonly answer: JsonSchema | null;
  readonly preValidation: ((request: FastifyRequest) => Promise<void>) | null;
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

interface RouteOptions {
  readonly config?: { readonly right?: Right; readonly anyTenant?: boolean };
  readonly schema: Partial<Record<Part, JsonSchema>> & {
    readonly operationId: string;
    readonly summary: string;
    readonly tags?: readonly string[];
    readonly response: Readonly<Record<string, JsonSchema & { readonly content?: unknown }>>;
  };
  readonly preValidation?: Operation['preValidation'];
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Groups of routes whose changes are mutations; what else is changed needs headers of HTTP, or shows secrets. */
const CHANGED = new Set(['alerts', 'silences', 'rules']);
/** Rules can also be changed below `alerts`: the same as below `rules`. */
const TWIN = /OfAlerts$/;
/** Headers that say what is to be done; others are about the transfer. */
const IDEMPOTENCY_KEY = 'idempotency-key';

/**
 * What the routes below `/api/v1` do, as fields for GraphQL: everything that is read, and what changes alerts, silences and rules. A
 * field calls what the route calls, and its types are those of the route's schemas, so that neither can say something else.
 */
export function operationsOf(routes: readonly Routes[]): Operation[] {
  const found: Operation[] = [];
  const note = (method: Method) => (path: string, options: RouteOptions, handler: Operation['handler']) => {
    const operation = operationOf(method, path, options, handler);
    if (operation !== null) found.push(operation);
  };
  const recorder: Record<Method, unknown> = {
    ...{ get: note('get'), post: note('post'), put: note('put'), patch: note('patch') },
    delete: note('delete'),
  };
  for (const add of routes) add(recorder as unknown as Api);
  return found;
}

function operationOf(
  method: Method,
  path: string,
  { config, schema, preValidation = null }: RouteOptions,
  handler: Operation['handler'],
): Operation | null {
  const { right, anyTenant = false } = config ?? {};
  const { operationId: id, summary, tags = [], response, params, querystring, headers, body } = schema;
  const answer = Object.entries(response).find(([status]) => /^2/.test(status))?.[1];
  // What needs no right is about logging in, and what has another type of content is no JSON.
  if (right === undefined || answer === undefined || answer.content !== undefined) return null;
  const ofAccount = path.startsWith('/auth/');
  const reads = method === 'get' || (right === 'read' && !ofAccount);
  if (!reads && (TWIN.test(id) || !tags.some((tag) => CHANGED.has(tag)))) return null;
  if (!reads && headers?.properties?.['if-match'] !== undefined) return null;
  const key = headers?.properties?.[IDEMPOTENCY_KEY];
  return {
    ...{ id, summary, right, anyTenant, reads, preValidation, handler },
    parts: {
      ...(params !== undefined && { params }),
      ...(querystring !== undefined && { querystring }),
      ...(key !== undefined && { headers: { type: 'object', properties: { [IDEMPOTENCY_KEY]: key } } }),
      ...(body !== undefined && { body }),
    },
    answer: answer.type === 'null' ? null : answer,
  };
}
