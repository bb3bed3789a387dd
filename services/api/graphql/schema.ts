import type { GraphQLSchema } from 'graphql';
import type { Routes } from '../http/app.js';
import type { ApiServices } from '../routes/services.js';
import { type Builder, newBuilder } from './builder.js';
import { addEdges } from './edges.js';
import type { JsonSchema } from './json-schema.js';
import { OperationCall } from './operation-call.js';
import { type Operation, operationsOf } from './operations.js';
import { addSubscription } from './subscription.js';
import { capitalised, nameOf, TypeMapper } from './type-mapper.js';

/**
 * The schema of GraphQL, made of the routes: each that reads is a field of Query, each that changes alerts, silences or rules one of
 * Mutation. Arguments are the parameters of the route, a body is the argument `input`, and types are those of its answer.
 */
export function buildSchema(routes: readonly Routes[], services: ApiServices): GraphQLSchema {
  const builder = newBuilder();
  const types = new TypeMapper(builder);
  const operations = operationsOf(routes);
  builder.queryType({});
  builder.mutationType({});
  for (const operation of operations) addField(builder, types, operation, services);
  addEdges(builder, types, services);
  addSubscription(builder, types, services);
  return builder.toSchema();
}

function addField(builder: Builder, types: TypeMapper, operation: Operation, services: ApiServices): void {
  const { id, summary, reads, parts, answer } = operation;
  const name = reads ? fieldOf(id) : id;
  const call = new OperationCall(operation, services.gatekeeper, services.clock);
  const { body, ...others } = parts;
  const result =
    answer === null
      ? { type: 'Boolean' as const, isList: false }
      : types.output(answer, answerName(name, answer));
  const add = reads ? builder.queryField.bind(builder) : builder.mutationField.bind(builder);
  add(name, (t) => {
    const named = Object.values(others).flatMap(({ properties = {}, required = [] }) =>
      Object.entries(properties).map(([property, schema]) => {
        const { type, isList } = types.input(
          schema,
          capitalised(name) + capitalised(property),
          capitalised(property),
        );
        const options = {
          required: required.includes(property) && schema.default === undefined,
          ...(schema.description !== undefined && { description: schema.description }),
          ...(schema.default !== undefined && { defaultValue: schema.default }),
        };
        return [nameOf(property), t.arg({ type: isList ? [type] : type, ...options } as never)] as const;
      }),
    );
    const input = body === undefined ? null : types.input(body, capitalised(id));
    return t.field({
      description: summary,
      type: (result.isList ? [result.type] : result.type) as never,
      // One that fails leaves the others of the request as they are.
      nullable: true,
      args: {
        ...Object.fromEntries(named),
        ...(input !== null && { input: t.arg({ type: input.type as never, required: !input.nullable }) }),
      },
      resolve: async (_: unknown, args: object, { own }, info) =>
        (await call.answer(args as Record<string, unknown>, own, info)) as never,
    });
  });
}

/** What is read is named for what it is: `listAlerts` and `getAlert` are `alerts` and `alert`. */
function fieldOf(operationId: string): string {
  const name = operationId.replace(/^(?:list|get|search)(?=[A-Z])/, '');
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}

function answerName(field: string, { properties = {} }: JsonSchema): string {
  return capitalised(field) + (properties.items === undefined ? 'Answer' : 'Page');
}
