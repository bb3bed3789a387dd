import fc from 'fast-check';
import type { AvroSchema } from '../../../../shared/core/avro-schema.js';

const text = fc.string({ unit: 'grapheme', maxLength: 60 });
const mapKey = text.filter((key) => key !== '__proto__');
const double = fc.double({ noNaN: true });
const long = fc.oneof(fc.integer(), fc.maxSafeInteger());

/** Values that an encoder of the schema takes and a decoder gives back. */
export function valuesOf(schema: AvroSchema): fc.Arbitrary<unknown> {
  if (typeof schema === 'string') return primitive(schema);
  if (Array.isArray(schema)) return fc.oneof(...schema.map(valuesOf));
  const type = schema as Exclude<AvroSchema, string | readonly AvroSchema[]>;
  switch (type.type) {
    case 'record':
      return fc.record(Object.fromEntries(type.fields.map((field) => [field.name, valuesOf(field.type)])), {
        noNullPrototype: true,
      });
    case 'enum':
      return fc.constantFrom(...type.symbols);
    case 'map':
      return fc.dictionary(mapKey, valuesOf(type.values), { maxKeys: 5, noNullPrototype: true });
    case 'array':
      return fc.array(valuesOf(type.items), { maxLength: 4 });
    case 'fixed':
    case 'error':
      throw new Error(`no values of ${type.type} here`);
    default:
      return primitive(type.type);
  }
}

function primitive(name: string): fc.Arbitrary<unknown> {
  switch (name) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'int':
      return fc.integer();
    case 'long':
      return long;
    case 'double':
      return double;
    case 'bytes':
      return fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
    case 'string':
      return text;
    default:
      // References within one schema: the only one is Severity, and it stands inlined first.
      throw new Error(`no values of ${name} here`);
  }
}
