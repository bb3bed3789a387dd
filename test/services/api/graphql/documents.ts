import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { packageRoot } from '../../../../shared/files/package-root.js';

/** The schema as it is kept, for documents that ask for all that a field has. */
export function keptSchema(): GraphQLSchema {
  return buildSchema(readFileSync(join(packageRoot(), 'services/api/graphql/schema.graphql'), 'utf8'));
}

export const ROOTS = ['Query', 'Mutation', 'Subscription'] as const;
export type RootName = (typeof ROOTS)[number];

export function fieldsOf(schema: GraphQLSchema, root: RootName): GraphQLField<unknown, unknown>[] {
  const type = schema.getType(root);
  return isObjectType(type) ? Object.values(type.getFields()) : [];
}

/**
 * A document that asks for one field and everything below it, but for what leads on to further queries.
 *
 * @param values of arguments by their names; what is needed and not among them is made up
 */
export function documentOf(
  root: RootName,
  field: GraphQLField<unknown, unknown>,
  values: Readonly<Record<string, unknown>> = {},
): string {
  const given = field.args.flatMap((argument) => {
    const value = Object.hasOwn(values, argument.name) ? values[argument.name] : madeUp(argument);
    return value === undefined ? [] : [`${argument.name}: ${literal(value)}`];
  });
  const args = given.length > 0 ? `(${given.join(', ')})` : '';
  return `${root.toLowerCase()} { ${field.name}${args}${selectionOf(field.type)} }`;
}

function selectionOf(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (isAbstractType(named)) return ' { __typename }';
  const fields = Object.values(named.getFields()).filter(({ args }) => args.length === 0);
  return ` { ${fields.map(({ name, type: of }) => name + selectionOf(of)).join(' ')} }`;
}

function madeUp({ type, defaultValue }: GraphQLArgument): unknown {
  return isNonNullType(type) && defaultValue === undefined ? madeUpOf(type.ofType) : undefined;
}

function madeUpOf(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return madeUpOf(type.ofType);
  if (isListType(type)) return [madeUpOf(type.ofType)];
  if (!isInputObjectType(type)) return '0b8e2f6c-5d0a-4a53-9a0e-3f1f2b6f7c11';
  const needed = Object.values(type.getFields()).filter(({ type: of }) => isNonNullType(of));
  return Object.fromEntries(needed.map(({ name, type: of }) => [name, madeUpOf(of)]));
}

/** A value in the language of documents, where names of fields have no quotes. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => JSON.stringify(one)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, one]) => `${name}: ${JSON.stringify(one)}`)
    .join(', ')}}`;
}
