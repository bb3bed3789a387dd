import type { FastifySchema, RouteOptions } from 'fastify';
import { withRefusals } from './refusals.js';

/** Of OpenAPI, what is looked at here. */
interface Document {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly requestBody?: RequestBody;
  readonly responses?: Readonly<Record<string, { description: string }>>;
}

interface RequestBody {
  required?: boolean;
  readonly content: Readonly<Record<string, { readonly schema?: Part }>>;
}

interface Part {
  readonly type?: string;
  readonly anyOf?: readonly Part[];
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

interface Described {
  readonly schema: FastifySchema;
  readonly url: string;
}

/** A route as the description has it: with each status that it may answer, and what need not be sent. */
export function describedRoute(described: Described & { readonly route: RouteOptions }): Described {
  const { schema, url, route } = described;
  if (schema === undefined) return { schema, url };
  const parts = Object.fromEntries(
    (['querystring', 'headers', 'body'] as const)
      .filter((name) => schema[name] !== undefined)
      .map((name) => [name, withDefaults(schema[name] as Part)]),
  );
  return { url, schema: withRefusals({ ...schema, ...parts }, route) };
}

/** What has a default is there after validation, which is why types have it as required; nobody has to send it. */
function withDefaults<T extends Part>(part: T): T {
  const { properties = {}, required } = part;
  if (required === undefined) return part;
  return { ...part, required: required.filter((name) => !('default' in (properties[name] ?? {}))) };
}

/** What the library writes where a route describes no answer, and what stands there instead. */
const UNDESCRIBED = 'Default Response';
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  200: 'The answer',
  201: 'Made',
  204: 'Done',
};

/**
 * Bodies that need not be there: those that may be null, and forms, whose fields may stand in the query; and what answers are that no
 * route describes.
 */
export function describedDocument<T>({ openapiObject }: { readonly openapiObject: T }): T {
  for (const methods of Object.values((openapiObject as Document).paths ?? {}))
    for (const { requestBody, responses = {} } of Object.values(methods)) {
      for (const [status, response] of Object.entries(responses))
        if (response.description === UNDESCRIBED) response.description = DESCRIPTIONS[status] ?? status;
      if (requestBody === undefined) continue;
      const [[type, { schema } = {}] = ['']] = Object.entries(requestBody.content);
      if (type.includes('form') || schema?.anyOf?.some((one) => one.type === 'null'))
        requestBody.required = false;
    }
  return openapiObject;
}
