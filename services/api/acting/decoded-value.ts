import { avroType, structureCheck } from '../../../shared/adapters/avro/avro-type.js';
import type { AvroSchema } from '../../../shared/core/avro-schema.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import type { RegisteredSchema, SchemaRegistry } from '../../../shared/ports/registry.js';
import { HEADER_BYTES, hasHeader, readSchemaId } from '../../../shared/wire/confluent-header.js';

/** Of a value that is decoded: it is done in one go, between requests. */
const MAX_BYTES = 262_144;
/** Of the text. */
export const MAX_DECODED_CHARACTERS = 65_536;

/** What the bytes of a record are by the schema that they were written with, as far as that can be said. */
export interface DecodedValue {
  readonly schemaId: number;
  /** Name of the record; null where the schema could not be had. */
  readonly schema: string | null;
  /** As JSON, its beginning where it is long; null where it cannot be decoded. */
  readonly json: string | null;
  /** Whether `json` is all of it. */
  readonly complete: boolean;
  /** Why it cannot be decoded; null where it can. */
  readonly problem: string | null;
}

/**
 * Decodes a value in Confluent's wire format by the schema of its own id, whatever topic it is of. What cannot be decoded is
 * answered as such, and not thrown: it is a dead letter after all.
 *
 * @returns null for a value of another format
 */
export async function decodedValue(
  value: Buffer | null,
  registry: Pick<SchemaRegistry, 'schemaById'>,
): Promise<DecodedValue | null> {
  if (value === null || !hasHeader(value, 0, value.length)) return null;
  const schemaId = readSchemaId(value, 0);
  const problem = (why: string, schema: string | null = null): DecodedValue => ({
    ...{ schemaId, schema, json: null, complete: false, problem: why },
  });
  if (value.length > MAX_BYTES)
    return problem(`it has ${value.length} bytes; at most ${MAX_BYTES} are decoded`);
  let found: RegisteredSchema | null;
  try {
    // Registries count from 1; a negative number is somebody else's format.
    found = schemaId < 0 ? null : await registry.schemaById(schemaId);
  } catch (error) {
    if (!(error instanceof TactusError) || error.code !== 'TACTUS_REGISTRY_UNAVAILABLE') throw error;
    return problem('the schema registry cannot be asked at the moment');
  }
  if (found === null) return problem(`the schema registry has no schema with the id ${schemaId}`);
  if ('unusable' in found) return problem(`schema ${schemaId} cannot be used: ${found.unusable}`);
  try {
    const { name, json } = decode(value, found.schema);
    const complete = json.length <= MAX_DECODED_CHARACTERS;
    return {
      ...{ schemaId, schema: name, complete, problem: null },
      json: complete ? json : json.slice(0, MAX_DECODED_CHARACTERS),
    };
  } catch (error) {
    return problem(`schema ${schemaId} does not fit: ${messageOf(error)}`, nameOf(found.schema));
  }
}

function decode(value: Buffer, schema: AvroSchema): { readonly name: string | null; readonly json: string } {
  const type = avroType(schema);
  // Before anything is made of it: bytes may say that there are more items than fit into memory.
  structureCheck(schema)(value, HEADER_BYTES);
  const { value: decoded } = type.decode(value, HEADER_BYTES);
  return { name: nameOf(schema), json: JSON.stringify(decoded, shown, 2) };
}

/** Bytes in base64; `this` has what `JSON.stringify` has not yet made its own of. */
function shown(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const own = this[key];
  return Buffer.isBuffer(own) ? own.toString('base64') : value;
}

function nameOf(schema: AvroSchema): string | null {
  const { name } = schema as { readonly name?: unknown };
  return typeof name === 'string' ? name : null;
}
