import SchemaBuilder, { type InputTypeParam, type TypeParam } from '@pothos/core';
import type { ResolverContext } from './context.js';

export interface GraphqlTypes {
  Context: ResolverContext;
  Scalars: {
    JSON: { Input: unknown; Output: unknown };
    Long: { Input: number; Output: number };
  };
}

/** What schemas are made with. */
export function newBuilder() {
  const builder = new SchemaBuilder<GraphqlTypes>({});
  builder.scalarType('JSON', {
    description: 'Any JSON, such as tags: an object of name to text',
    serialize: (value) => value,
    parseValue: (value) => value,
  });
  builder.scalarType('Long', {
    description: 'A whole number of up to 53 bits',
    serialize: whole,
    parseValue: whole,
  });
  return builder;
}

export type Builder = ReturnType<typeof newBuilder>;
export type Types = Builder['$inferSchemaTypes'];
/** A type of a field, or of an argument. */
export type OutputType = Exclude<TypeParam<Types>, readonly unknown[]>;
export type InputType = Exclude<InputTypeParam<Types>, readonly unknown[]>;

function whole(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw new TypeError(`must be a whole number: value was ${String(value).slice(0, 100)}`);
}
