import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLResolveInfo } from 'graphql';
import type { Clock } from '../../../shared/core/clock.js';
import type { Gatekeeper } from '../access/asking.js';
import { compileSchema, invalidRequest } from '../http/validation.js';
import { admit, pathOf } from './admission.js';
import { type GraphqlContext, rootKey } from './context.js';
import { type Operation, PARTS, type Part } from './operations.js';
import { nameOf } from './type-mapper.js';

type Args = Readonly<Record<string, unknown>>;
type Values = Record<string, unknown>;
type Validator = ReturnType<typeof compileSchema>;

/** An operation as a field asks for it: admitted, validated and answered as its route does. */
export class OperationCall {
  readonly #validators: ReadonlyMap<Part, Validator>;

  constructor(
    private readonly operation: Operation,
    private readonly gatekeeper: Gatekeeper,
    private readonly clock: Clock,
  ) {
    const { id } = operation;
    this.#validators = new Map(
      PARTS.flatMap((httpPart) => {
        const schema = operation.parts[httpPart];
        return schema === undefined
          ? []
          : [[httpPart, compileSchema({ schema, httpPart, method: '', url: id })]];
      }),
    );
  }

  /** @throws TactusError as the route does */
  async answer(args: Args, context: GraphqlContext, info: GraphQLResolveInfo): Promise<unknown> {
    const { id, right, anyTenant, preValidation, handler, answer } = this.operation;
    const { http } = context;
    const asking = admit(this.gatekeeper, http, { right, anyTenant }, { name: info.fieldName, args });
    const url = pathOf(info.fieldName);
    const parts = this.#parts(args);
    const request = requestOf(http, {
      ...{ asking, method: 'POST', url: `${url}?${JSON.stringify([id, parts.params, parts.querystring])}` },
      ...{ params: parts.params, query: parts.querystring, body: parts.body ?? null },
      headers: { ...parts.headers },
    });
    await preValidation?.(request);
    this.#validate(parts);
    context.roots.set(rootKey(info), { asking, args, now: this.clock.now() });
    const found = await context.inTurn(async () => await handler(request, NO_REPLY));
    return answer === null ? true : found;
  }

  #parts(args: Args): Record<Part, Values | undefined> {
    const part = (name: 'params' | 'querystring' | 'headers') =>
      Object.fromEntries(
        Object.keys(this.operation.parts[name]?.properties ?? {}).flatMap((property) => {
          const value = args[nameOf(property)];
          return value === undefined || value === null ? [] : [[property, value]];
        }),
      );
    const { input } = args;
    return {
      ...{ params: part('params'), querystring: part('querystring'), headers: part('headers') },
      body: input === undefined || input === null ? undefined : withoutNulls(input as Args),
    };
  }

  /** Puts what is there by default where nothing is. */
  #validate(parts: Record<Part, Values | undefined>): void {
    for (const [part, validate] of this.#validators) {
      if (validate(parts[part] ?? null) === false) throw invalidRequest(validate.errors ?? [], part);
    }
  }
}

/** A request of a route, of who sent the one to GraphQL. */
function requestOf(http: FastifyRequest, own: Readonly<Values>): FastifyRequest {
  const properties = Object.entries(own).map(([name, value]) => [name, { value }]);
  return Object.create(http, Object.fromEntries(properties)) as FastifyRequest;
}

/** Status and headers of a route are no part of a field. */
const NO_REPLY = {
  code: () => NO_REPLY,
  header: () => NO_REPLY,
} as unknown as FastifyReply;

/** Null is how a client leaves an argument out that its document has. */
function withoutNulls(values: Args): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
