/** What is looked at of a JSON Schema as typebox makes it. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly maximum?: number;
}

/** A schema without null among what it allows. */
export interface NonNull {
  readonly schema: JsonSchema;
  readonly nullable: boolean;
}

const isNull = ({ type }: JsonSchema) => type === 'null';

export function withoutNull(schema: JsonSchema): NonNull {
  const { anyOf, type, ...rest } = schema;
  if (Array.isArray(type)) {
    const [first, ...others] = type.filter((one) => one !== 'null');
    return {
      // Several types at once are any JSON.
      schema: others.length > 0 || first === undefined ? {} : { ...rest, type: first },
      nullable: type.includes('null'),
    };
  }
  if (anyOf === undefined) return { schema, nullable: false };
  const others = anyOf.filter((one) => !isNull(one));
  const [only] = others;
  const nullable = others.length < anyOf.length;
  if (others.length === 1 && only !== undefined)
    return { schema: only.description === undefined ? { ...only, ...rest } : only, nullable };
  return { schema: { ...rest, anyOf: others }, nullable };
}

/** The texts that a schema allows; null where they are not listed. */
export function textsOf({ enum: values, anyOf, const: only }: JsonSchema): readonly string[] | null {
  const listed =
    values ?? (anyOf?.every((one) => one.const !== undefined) ? anyOf.map((one) => one.const) : null);
  const texts = listed ?? (only === undefined ? null : [only]);
  return texts?.every((text) => typeof text === 'string') ? texts : null;
}

/** Objects of named fields; a map of any names is none. */
export function isRecordOfFields({ type, properties }: JsonSchema): boolean {
  return type === 'object' && properties !== undefined && Object.keys(properties).length > 0;
}
