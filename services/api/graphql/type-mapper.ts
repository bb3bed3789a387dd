import { TactusError } from '../../../shared/core/errors.js';
import type { Builder, InputType, OutputType } from './builder.js';
import { isRecordOfFields, type JsonSchema, textsOf, withoutNull } from './json-schema.js';

/** A type as a field or an argument has it. */
export interface Mapped<T> {
  readonly type: T;
  readonly isList: boolean;
  readonly nullable: boolean;
}

type Values = Readonly<Record<string, unknown>>;
export type ObjectType = ReturnType<Builder['objectRef']> & OutputType;

/** What is both a type of fields and of arguments. */
type Leaf = OutputType & InputType;

const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/;
/** Of Int in GraphQL. */
const MAX_INT = 2_147_483_647;

/** Types of GraphQL for the schemas of routes. Those that are the same are one type. */
export class TypeMapper {
  readonly #enums = new Map<string, Leaf>();
  readonly #objects = new Map<string, ObjectType>();
  /** By name, what was made for it: a schema as JSON. */
  readonly #made = new Map<string, { readonly json: string; readonly type: unknown }>();

  constructor(private readonly builder: Builder) {}

  /** An object type that was made before. */
  object(name: string): ObjectType {
    const found = this.#objects.get(name);
    if (found === undefined) throw new TactusError('TACTUS_INVARIANT', `no schema has the title ${name}`);
    return found;
  }

  /**
   * @param name of what has no title of its own
   * @param word of the property alone, for a list of texts
   */
  output(given: JsonSchema, name: string, word = name): Mapped<OutputType> {
    const { schema, nullable } = withoutNull(given);
    // Lists of points are large, and to look at each number takes longer than to read them.
    if (schema.type === 'array' && schema.items !== undefined && schema.items.type !== 'array') {
      const item = this.output(schema.items, itemName(name), word);
      if (!item.isList && !item.nullable) return { type: item.type, isList: true, nullable };
    }
    return { type: this.#outputType(schema, name, word), isList: false, nullable };
  }

  input(given: JsonSchema, name: string, word = name): Mapped<InputType> {
    const { schema, nullable } = withoutNull(given);
    if (schema.type === 'array' && schema.items !== undefined) {
      const item = this.input(schema.items, itemName(name), word);
      if (!item.isList && !item.nullable) return { type: item.type, isList: true, nullable };
    }
    return { type: this.#inputType(schema, name, word), isList: false, nullable };
  }

  #outputType(schema: JsonSchema, name: string, word: string): OutputType {
    if (isRecordOfFields(schema)) return this.#objectType(schema, schema.title ?? name);
    const { anyOf } = schema;
    if (anyOf?.every(isRecordOfFields)) return this.#unionType(anyOf, name);
    return this.#leaf(schema, name, word);
  }

  #inputType(schema: JsonSchema, name: string, word: string): InputType {
    return isRecordOfFields(schema)
      ? this.#inputObject(schema, `${schema.title ?? name}Input`)
      : this.#leaf(schema, name, word);
  }

  #objectType(schema: JsonSchema, name: string): ObjectType {
    return this.#once(name, schema, () => {
      const { properties = {}, required = [] } = schema;
      const made = this.builder.objectRef<Values>(name);
      this.#objects.set(name, made as ObjectType);
      const fields = Object.entries(properties).map(([property, of]) => {
        const { type, isList, nullable } = this.output(
          of,
          name.replace(/Answer$/, '') + capitalised(property),
          capitalised(property),
        );
        return {
          property,
          type,
          isList,
          description: of.description,
          isNullable: nullable || !required.includes(property),
        };
      });
      made.implement({
        ...(schema.description !== undefined && { description: schema.description }),
        fields: (t) =>
          Object.fromEntries(
            fields.map(({ property, type, isList, isNullable, description }) => {
              const options = {
                ...(description !== undefined && { description }),
                resolve: (values: Values) => values[property] as never,
              };
              const field = isList
                ? t.field({ type: [type], nullable: { list: isNullable, items: false }, ...options })
                : t.field({ type, nullable: isNullable, ...options });
              return [nameOf(property), field];
            }),
          ),
      });
      return made as ObjectType;
    });
  }

  #unionType(schemas: readonly JsonSchema[], name: string): OutputType {
    const types = schemas.map((schema, i) => this.#objectType(schema, schema.title ?? `${name}${i + 1}`));
    return this.#once(name, { anyOf: schemas }, () =>
      this.builder.unionType(name, {
        types,
        resolveType: (value: unknown) => {
          const i = schemas.findIndex(({ required = [] }) =>
            required.every((property) => Object.hasOwn(value as object, property)),
          );
          return types[i] as never;
        },
      }),
    );
  }

  #inputObject(schema: JsonSchema, name: string): InputType {
    return this.#once(name, schema, () => {
      const { properties = {}, required = [] } = schema;
      return this.builder.inputType(name, {
        fields: (t) =>
          Object.fromEntries(
            Object.entries(properties).map(([property, of]) => {
              const { type, isList } = this.input(
                of,
                name.replace(/Input$/, '') + capitalised(property),
                capitalised(property),
              );
              const options = {
                required: required.includes(property) && of.default === undefined,
                ...(of.description !== undefined && { description: of.description }),
              };
              return [nameOf(property), t.field({ type: isList ? [type] : type, ...options } as never)];
            }),
          ),
      });
    });
  }

  #leaf(schema: JsonSchema, name: string, word: string): Leaf {
    const texts = textsOf(schema);
    if (texts !== null)
      return texts.every((text) => NAME.test(text))
        ? this.#enumType(texts, schema.title, name, word)
        : 'String';
    switch (schema.type) {
      case 'string':
        return 'String';
      case 'boolean':
        return 'Boolean';
      case 'number':
        return 'Float';
      case 'integer':
        return (schema.maximum ?? Number.POSITIVE_INFINITY) <= MAX_INT ? 'Int' : 'Long';
      default:
        return 'JSON';
    }
  }

  /** Of the same texts there is one type, with the title or the name of the property that has them first. */
  #enumType(texts: readonly string[], title: string | undefined, name: string, word: string): Leaf {
    const json = JSON.stringify({ enum: texts });
    const known = this.#enums.get(json);
    if (known !== undefined) return known;
    const free = title ?? (this.#made.has(word) ? name : word);
    const type = this.#once(free, { enum: texts }, () => this.builder.enumType(free, { values: texts }));
    this.#enums.set(json, type);
    return type;
  }

  #once<T>(name: string, schema: JsonSchema, make: () => T): T {
    const json = JSON.stringify(schema);
    const known = this.#made.get(name);
    if (known !== undefined && known.json !== json)
      throw new TactusError(
        'TACTUS_INVARIANT',
        `two schemas of routes have the name ${name}: give one a title`,
      );
    if (known !== undefined) return known.type as T;
    // Types inside it may not have the name either.
    this.#made.set(name, { json, type: null });
    const type = make();
    this.#made.set(name, { json, type });
    return type;
  }
}

export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Of a list of windows each is a window. */
function itemName(name: string): string {
  if (name.endsWith('Series')) return name;
  return name.endsWith('s') ? name.slice(0, -1) : `${name}Item`;
}

/** `idempotency-key` is `idempotencyKey`. */
export function nameOf(property: string): string {
  const name = property.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (!NAME.test(name)) throw new TactusError('TACTUS_INVARIANT', `no field can have the name ${property}`);
  return name;
}
