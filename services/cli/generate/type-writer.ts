/** Of JSON Schema, what the routes of the API use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly default?: unknown;
}

const PRIMITIVES: Readonly<Record<string, string>> = {
  ...{ string: 'string', number: 'number', integer: 'number', boolean: 'boolean', null: 'null' },
};
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** Writes JSON Schemas as types of TypeScript; objects with a title become interfaces of that name. */
export class TypeWriter {
  readonly #named = new Map<string, string>();

  /** The interfaces, in the order of their names. */
  named(): string[] {
    return [...this.#named].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  }

  /** A type of what is answered. */
  got(schema: Schema, indent = ''): string {
    return this.#type(schema, false, indent);
  }

  /** A type of what is sent: nobody has to send what has a default. */
  sent(schema: Schema, indent = ''): string {
    return this.#type(schema, true, indent);
  }

  #type(schema: Schema, isSent: boolean, indent: string): string {
    const { const: constant, enum: values, anyOf, type } = schema;
    if (constant !== undefined) return literal(constant);
    if (values !== undefined) return values.map(literal).join(' | ');
    if (anyOf !== undefined) return this.#anyOf(anyOf, isSent, indent);
    if (Array.isArray(type))
      return this.#anyOf(
        type.map((one) => ({ ...schema, type: one as string })),
        isSent,
        indent,
      );
    if (type === 'array') return this.#array(schema, isSent, indent);
    if (type === 'object') return this.#object(schema, isSent, indent);
    return PRIMITIVES[type as string] ?? 'unknown';
  }

  #anyOf(schemas: readonly Schema[], isSent: boolean, indent: string): string {
    return [...new Set(schemas.map((one) => this.#type(one, isSent, indent)))].join(' | ');
  }

  #array({ items = {}, minItems, maxItems }: Schema, isSent: boolean, indent: string): string {
    const of = this.#type(items, isSent, indent);
    if (minItems === 2 && maxItems === 2) return `readonly [${of}, ${of}]`;
    return of.includes(' | ') ? `readonly (${of})[]` : `readonly ${of}[]`;
  }

  #object(schema: Schema, isSent: boolean, indent: string): string {
    const { title, properties, patternProperties = {} } = schema;
    if (properties === undefined) {
      const [values = {}] = Object.values(patternProperties);
      return `Readonly<Record<string, ${this.#type(values, isSent, indent)}>>`;
    }
    // What is sent and what is answered may differ in what has to be there.
    if (title === undefined || isSent) return `{${this.#fields(schema, isSent, indent)}${indent}}`;
    const text = `export interface ${title} {${this.#fields(schema, isSent, '')}}\n`;
    const known = this.#named.get(title);
    if (known === undefined) this.#named.set(title, text);
    else if (known !== text) return `{${this.#fields(schema, isSent, indent)}${indent}}`;
    return title;
  }

  #fields({ properties = {}, required = [] }: Schema, isSent: boolean, indent: string): string {
    const fields = Object.entries(properties).map(([name, schema]) => {
      const mayMiss = !required.includes(name) || (isSent && schema.default !== undefined);
      const key = IDENTIFIER.test(name) ? name : literal(name);
      const doc =
        schema.description === undefined ? '' : `${indent}  /** ${oneLine(schema.description)} */\n`;
      const type = this.#type(schema, isSent, `${indent}  `);
      return `${doc}${indent}  readonly ${key}${mayMiss ? '?' : ''}: ${type};\n`;
    });
    return fields.length === 0 ? '' : `\n${fields.join('')}`;
  }
}

function literal(value: unknown): string {
  return typeof value === 'string'
    ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
    : JSON.stringify(value);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('*/', '*\\/');
}
