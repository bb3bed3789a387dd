import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AvroSchema } from '../core/avro-schema.js';
import { packageRoot } from '../files/package-root.js';
import { incompatibilities, sameMeaning } from './compatibility.js';
import { type RecordSchema, readSchema } from './schemas.js';

/** An earlier or the current version of a schema, as kept under `schemas/versions/<file>/<number>.avsc`. */
export interface KeptVersion {
  readonly number: number;
  readonly schema: AvroSchema;
}

function versionsRoot(): string {
  return join(packageRoot(), 'schemas', 'versions');
}

/** The kept versions of a schema, oldest first. `file` is its name under `schemas/` without ending. */
export function keptVersions(file: string, root = versionsRoot()): KeptVersion[] {
  const folder = join(root, file);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^[1-9]\d*\.avsc$/.test(name))
    .map((name) => ({ number: Number.parseInt(name, 10), schema: readSchema(join(folder, name)) }))
    .sort((a, b) => a.number - b.number);
}

/**
 * What stands against using `current` after the versions before it: today's reader must read every
 * earlier writer, and the newest version that is kept must be today's.
 *
 * @returns one line per problem, with the file, the version, the path of the field and what to do
 */
export function versionProblems(current: RecordSchema, kept: readonly KeptVersion[]): string[] {
  const file = `schemas/${current.file}.avsc`;
  const problems = kept.flatMap(({ number, schema }) =>
    incompatibilities(current.schema, schema).map((why) => `${file} cannot read version ${number}: ${why}`),
  );
  if (problems.length === 0 && !isKept(current, kept))
    problems.push(
      `${file}: today's version is not kept; run \`npm run generate\` and add schemas/versions/${current.file}/${nextNumber(kept)}.avsc`,
    );
  return problems;
}

/** Writes today's schema as the newest version, if it is not; returns the file's path then. */
export function keepVersion(current: RecordSchema, root = versionsRoot()): string | null {
  const kept = keptVersions(current.file, root);
  if (isKept(current, kept)) return null;
  mkdirSync(join(root, current.file), { recursive: true });
  const path = join(root, current.file, `${nextNumber(kept)}.avsc`);
  writeFileSync(path, `${JSON.stringify(current.schema, null, 2)}\n`, { flag: 'wx' });
  return path;
}

function isKept(current: RecordSchema, kept: readonly KeptVersion[]): boolean {
  const newest = kept.at(-1);
  return newest !== undefined && sameMeaning(current.schema, newest.schema);
}

function nextNumber(kept: readonly KeptVersion[]): number {
  return (kept.at(-1)?.number ?? 0) + 1;
}
