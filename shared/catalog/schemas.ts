import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AvroEnum,
  type AvroRecord,
  type AvroSchema,
  fullName,
  isPrimitive,
  namespaceOf,
} from '../core/avro-schema.js';
import { messageOf, TactusError } from '../core/errors.js';
import { packageRoot } from '../files/package-root.js';

/** The namespace of every schema of the contract. */
export const NAMESPACE = 'io.tactus.v1';

/** A schema of the repository. */
export interface CatalogSchema {
  /** Simple name, such as `MetricPoint`. */
  readonly name: string;
  /** File under `schemas/` without its ending, such as `metric-point`. */
  readonly file: string;
  /**
   * The schema with every reference to another file replaced by that definition at its first use,
   * so that it means the same wherever it is registered.
   */
  readonly schema: AvroRecord | AvroEnum;
}

/** A schema that is the value of a topic. */
export interface RecordSchema extends CatalogSchema {
  readonly schema: AvroRecord;
}

/**
 * Reads `schemas/*.avsc`. Records and the enums that they share are both in the map, by simple name.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` for a file that is no schema, or a reference to none.
 */
export function loadSchemas(folder = join(packageRoot(), 'schemas')): ReadonlyMap<string, CatalogSchema> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.avsc'))
    .sort();
  const definitions = new Map<string, { file: string; schema: AvroRecord | AvroEnum }>();
  for (const file of files) {
    const schema = readSchema(join(folder, file));
    definitions.set(fullName(schema.name, schema.namespace), {
      file: file.slice(0, -'.avsc'.length),
      schema,
    });
  }
  const schemas = new Map<string, CatalogSchema>();
  for (const { file, schema } of definitions.values()) {
    const inlined = inline(schema, undefined, new Set(), (name) => {
      const found = definitions.get(name);
      if (found === undefined) throw invalid(`schemas/${file}.avsc: there is no type ${name}`);
      return found.schema;
    });
    schemas.set(schema.name, { name: schema.name, file, schema: inlined as AvroRecord | AvroEnum });
  }
  return schemas;
}

/** The schema called `name`, which must be a record. */
export function recordSchema(schemas: ReadonlyMap<string, CatalogSchema>, name: string): RecordSchema {
  const found = schemas.get(name);
  if (found?.schema.type !== 'record') throw invalid(`schemas/: there is no record ${name}`);
  return { ...found, schema: found.schema };
}

/** The registry's subject of a topic's values. `topic` is the logical name, without the prefix. */
export function subjectOf(topicPrefix: string, topic: string): string {
  return `${topicPrefix}${topic}-value`;
}

/** One schema file as it stands, references unresolved. */
export function readSchema(path: string): AvroRecord | AvroEnum {
  let schema: AvroRecord | AvroEnum;
  try {
    schema = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw invalid(`${path}: must be JSON (${messageOf(error)})`);
  }
  if ((schema.type !== 'record' && schema.type !== 'enum') || schema.namespace !== NAMESPACE)
    throw invalid(`${path}: must be a record or enum of the namespace ${NAMESPACE}`);
  return schema;
}

type Lookup = (fullName: string) => AvroSchema;

/** A copy of `schema` in which the first mention of each name is its definition. */
function inline(
  schema: AvroSchema,
  namespace: string | undefined,
  defined: Set<string>,
  lookup: Lookup,
): AvroSchema {
  if (typeof schema === 'string') {
    if (isPrimitive(schema)) return schema;
    const name = fullName(schema, namespace);
    return defined.has(name) ? name : inline(lookup(name), undefined, defined, lookup);
  }
  if (Array.isArray(schema)) return schema.map((branch) => inline(branch, namespace, defined, lookup));
  const type = schema as Exclude<AvroSchema, string | readonly AvroSchema[]>;
  switch (type.type) {
    case 'record':
    case 'error': {
      const name = fullName(type.name, type.namespace ?? namespace);
      defined.add(name);
      const inner = namespaceOf(name);
      return {
        ...type,
        fields: type.fields.map((field) => ({ ...field, type: inline(field.type, inner, defined, lookup) })),
      };
    }
    case 'enum':
    case 'fixed':
      defined.add(fullName(type.name, type.namespace ?? namespace));
      return type;
    case 'array':
      return { ...type, items: inline(type.items, namespace, defined, lookup) };
    case 'map':
      return { ...type, values: inline(type.values, namespace, defined, lookup) };
    default:
      return type;
  }
}

function invalid(message: string): TactusError {
  return new TactusError('TACTUS_CONFIG_INVALID', message);
}
