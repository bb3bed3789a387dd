import {
  type AvroEnum,
  type AvroFixed,
  type AvroRecord,
  type AvroSchema,
  fullName,
  isPrimitive,
  namespaceOf,
} from '../core/avro-schema.js';

/** What Avro reads as another type than it was written. */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

type Definition = AvroRecord | AvroEnum | AvroFixed;
type Complex = Exclude<AvroSchema, string>;

/** A schema with the definitions that its references mean. */
interface Side {
  readonly schema: AvroSchema;
  readonly names: ReadonlyMap<string, Definition>;
  readonly namespace: string | undefined;
}

/**
 * Why values of the writer's schema cannot be read with the reader's, by the Avro specification's
 * rules of schema resolution ("Schema Resolution", 1.11): one text per reason, each with the path
 * of the field and what to do about it. Empty when every value can be read.
 */
export function incompatibilities(reader: AvroSchema, writer: AvroSchema): string[] {
  const side = (schema: AvroSchema): Side => ({ schema, names: definitions(schema), namespace: undefined });
  return compare(
    side(reader),
    side(writer),
    typeof reader === 'object' && 'name' in reader ? reader.name : '',
    new Set(),
  );
}

/** Whether two schemas mean the same to readers and writers: all but the docs and the order of attributes. */
export function sameMeaning(a: AvroSchema, b: AvroSchema): boolean {
  return JSON.stringify(withoutDocs(a)) === JSON.stringify(withoutDocs(b));
}

function compare(readerSide: Side, writerSide: Side, path: string, seen: Set<string>): string[] {
  const reader = resolve(readerSide);
  const writer = resolve(writerSide);
  if (Array.isArray(writer.schema))
    return writer.schema.flatMap((branch) => compare(reader, { ...writer, schema: branch }, path, seen));
  if (Array.isArray(reader.schema)) {
    const readable = reader.schema.some(
      (branch) => compare({ ...reader, schema: branch }, writer, path, seen).length === 0,
    );
    return readable ? [] : [`${path}: no branch of the union reads ${typeName(writer)}; keep that branch`];
  }
  const from = typeName(writer);
  const to = typeName(reader);
  if (from !== to)
    return PROMOTIONS[from]?.includes(to) ? [] : [`${path}: was ${from}, is ${to}; add a new field instead`];
  switch (to) {
    case 'record':
      return compareRecords(reader, writer, path, seen);
    case 'enum':
      return compareEnums(reader.schema as AvroEnum, writer.schema as AvroEnum, path);
    case 'fixed': {
      const [was, is] = [writer.schema as AvroFixed, reader.schema as AvroFixed];
      return was.size === is.size
        ? renamed(is, was, path)
        : [`${path}: was ${was.size} bytes, is ${is.size}`];
    }
    case 'array':
      return compare(inner(reader, 'items'), inner(writer, 'items'), `${path}[]`, seen);
    case 'map':
      return compare(inner(reader, 'values'), inner(writer, 'values'), `${path}{}`, seen);
    default:
      return [];
  }
}

function compareRecords(readerSide: Side, writerSide: Side, path: string, seen: Set<string>): string[] {
  const reader = readerSide.schema as AvroRecord;
  const writer = writerSide.schema as AvroRecord;
  const pair = `${fullName(reader.name, readerSide.namespace)} ${fullName(writer.name, writerSide.namespace)}`;
  if (seen.has(pair)) return [];
  seen.add(pair);
  const inside = (side: Side, record: AvroRecord) => ({
    ...side,
    namespace: namespaceOf(fullName(record.name, record.namespace ?? side.namespace)),
  });
  const problems = renamed(reader, writer, path);
  for (const field of reader.fields) {
    const names = [field.name, ...(field.aliases ?? [])];
    const written = writer.fields.find((candidate) => names.includes(candidate.name));
    const at = `${path}.${field.name}`;
    if (written !== undefined)
      problems.push(
        ...compare(
          { ...inside(readerSide, reader), schema: field.type },
          { ...inside(writerSide, writer), schema: written.type },
          at,
          seen,
        ),
      );
    else if (field.default === undefined)
      problems.push(`${at}: is new and has no default; add a default (or an alias, if it was renamed)`);
  }
  // A pair is taken as good only while it is being looked at: elsewhere its problems count again.
  seen.delete(pair);
  return problems;
}

function compareEnums(reader: AvroEnum, writer: AvroEnum, path: string): string[] {
  const problems = renamed(reader, writer, path);
  const lost = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  if (lost.length > 0 && reader.default === undefined)
    problems.push(`${path}: lacks ${lost.join(', ')}; keep the symbol(s), or give the enum a default`);
  return problems;
}

function renamed(reader: Definition, writer: Definition, path: string): string[] {
  const short = (name: string) => name.slice(name.lastIndexOf('.') + 1);
  const names = [reader.name, ...(reader.aliases ?? [])].map(short);
  if (names.includes(short(writer.name))) return [];
  return [
    `${path}: was of type ${short(writer.name)}, is ${short(reader.name)}; add the old name as an alias`,
  ];
}

/** Follows a reference to its definition. */
function resolve(side: Side): Side {
  if (typeof side.schema !== 'string' || isPrimitive(side.schema)) return side;
  const name = fullName(side.schema, side.namespace);
  const definition = side.names.get(name);
  if (definition === undefined) throw new Error(`there is no type ${name}`);
  return { ...side, schema: definition, namespace: namespaceOf(name) };
}

function inner(side: Side, key: 'items' | 'values'): Side {
  return { ...side, schema: (side.schema as unknown as Record<typeof key, AvroSchema>)[key] };
}

/** The kind of a schema that is neither a reference nor a union; logical types count as what they are made of. */
function typeName({ schema }: Side): string {
  if (typeof schema === 'string') return schema;
  const { type } = schema as { type: string };
  return type === 'error' ? 'record' : type;
}

/** Every named type of a schema, by full name. */
function definitions(
  schema: AvroSchema,
  namespace?: string,
  found = new Map<string, Definition>(),
): Map<string, Definition> {
  if (typeof schema === 'string') return found;
  if (Array.isArray(schema)) {
    for (const branch of schema) definitions(branch, namespace, found);
    return found;
  }
  const type = schema as Exclude<Complex, readonly AvroSchema[]>;
  if ('name' in type) {
    const name = fullName(type.name, type.namespace ?? namespace);
    found.set(name, type);
    if ('fields' in type) for (const field of type.fields) definitions(field.type, namespaceOf(name), found);
  }
  if (type.type === 'array') definitions(type.items, namespace, found);
  if (type.type === 'map') definitions(type.values, namespace, found);
  return found;
}

/** A copy without docs, its attributes in alphabetical order. */
function withoutDocs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDocs);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, attribute]) => !(key === 'doc' && typeof attribute === 'string'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, attribute]) => [key, withoutDocs(attribute)]),
  );
}
