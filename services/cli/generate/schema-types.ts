import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { incompatibilities } from '../../../shared/catalog/compatibility.js';
import { type CatalogSchema, loadSchemas } from '../../../shared/catalog/schemas.js';
import { INTERNAL, loadTopics, type TopicDeclaration } from '../../../shared/catalog/topics.js';
import { valueSchemas } from '../../../shared/catalog/value-schemas.js';
import { keepVersion, keptVersions } from '../../../shared/catalog/versions.js';
import type { AvroEnum, AvroRecord, AvroSchema } from '../../../shared/core/avro-schema.js';
import { TactusError } from '../../../shared/core/errors.js';
import { packageRoot } from '../../../shared/files/package-root.js';

const HEADER = `// Written by \`npm run generate\` from schemas/*.avsc and topics/*.yaml: change those, not this file.

import type { TopicName } from '../topics/names.js';
`;

const PRIMITIVES: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  bytes: 'Buffer',
  string: 'string',
};

/** The text of `schemas/types.ts`: a type for each schema, and which topic carries which. */
export function generateTypes(
  schemas: ReadonlyMap<string, CatalogSchema>,
  topics: ReadonlyMap<string, TopicDeclaration>,
): string {
  const written = new Map<string, string>();
  for (const { schema } of schemas.values()) define(schema, written);
  return [HEADER, ...written.values(), topicValues(topics)].join('\n');
}

function define(schema: AvroRecord | AvroEnum, written: Map<string, string>): void {
  if (written.has(schema.name)) return;
  if (schema.type === 'enum') {
    const symbols = schema.symbols.map((symbol) => `'${symbol}'`).join(' | ');
    written.set(schema.name, `${tsDoc(schema.doc, '')}export type ${schema.name} = ${symbols};\n`);
    return;
  }
  written.set(schema.name, '');
  const fields = schema.fields.map(
    (field) => `${tsDoc(field.doc, '  ')}  ${field.name}: ${typeScript(field.type, written)};\n`,
  );
  // Set again, so that what the fields mention stands before it.
  written.delete(schema.name);
  written.set(
    schema.name,
    `${tsDoc(schema.doc, '')}export interface ${schema.name} {\n${fields.join('')}}\n`,
  );
}

function typeScript(schema: AvroSchema, written: Map<string, string>): string {
  if (typeof schema === 'string') return PRIMITIVES[schema] ?? schema.slice(schema.lastIndexOf('.') + 1);
  if (Array.isArray(schema)) {
    const branches = schema.map((branch) => typeScript(branch, written));
    return [...new Set(branches.filter((b) => b !== 'null')), ...branches.filter((b) => b === 'null')].join(
      ' | ',
    );
  }
  const type = schema as Exclude<AvroSchema, string | readonly AvroSchema[]>;
  switch (type.type) {
    case 'record':
    case 'enum':
      define(type, written);
      return type.name;
    case 'map':
      return `Record<string, ${typeScript(type.values, written)}>`;
    case 'array':
      return `Array<${typeScript(type.items, written)}>`;
    case 'fixed':
    case 'error':
      throw new TactusError('TACTUS_INVARIANT', `schemas/: ${type.type} has no TypeScript type here`);
    default:
      return typeScript(type.type, written);
  }
}

function topicValues(topics: ReadonlyMap<string, TopicDeclaration>): string {
  const lines = [...topics.values()].map(
    ({ name, value }) => `  '${name}': ${value === INTERNAL ? 'never' : value};\n`,
  );
  return `/** Topic to the type of its values; \`never\` for those that one worker keeps to itself. */
export interface TopicValues extends Record<TopicName, unknown> {
${lines.join('')}}
`;
}

function tsDoc(doc: string | undefined, indent: string): string {
  if (doc === undefined) return '';
  return `${indent}/** ${doc.replaceAll('*/', '*\\/')} */\n`;
}

/** Where the generated file belongs. */
export function typesFile(): string {
  return join(packageRoot(), 'schemas', 'types.ts');
}

/** Writes the types and keeps new versions, unless a schema can't read an earlier one: nothing is written then. */
function main(): number {
  const problems = valueSchemas().flatMap((schema) =>
    keptVersions(schema.file).flatMap(({ number, schema: earlier }) =>
      incompatibilities(schema.schema, earlier).map(
        (why) => `schemas/${schema.file}.avsc cannot read version ${number}: ${why}\n`,
      ),
    ),
  );
  if (problems.length > 0) {
    process.stderr.write(problems.join(''));
    return 1;
  }
  const text = generateTypes(loadSchemas(), loadTopics());
  if (!existsSync(typesFile()) || readFileSync(typesFile(), 'utf8') !== text)
    writeFileSync(typesFile(), text);
  for (const schema of valueSchemas()) {
    const path = keepVersion(schema);
    if (path !== null) process.stdout.write(`kept ${path}\n`);
  }
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
