import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../shared/files/package-root.js';

/*
 * A folder for each format that was ever written, by number. The highest is what the present code writes; from
 * all of them it must be able to go on.
 */

const FOLDER = join(packageRoot(), 'test', 'compatibility', 'fixtures');

/** The formats that there are, the oldest first. */
export const FORMATS: readonly number[] = readdirSync(FOLDER)
  .map(Number)
  .sort((a, b) => a - b);

export const PRESENT = FORMATS.at(-1) ?? 0;

export function readFixture<T>(format: number, name: string): T {
  return JSON.parse(readFileSync(join(FOLDER, String(format), `${name}.json`), 'utf8')) as T;
}

/** Refuses to write over what is there: what a version has written does not change. */
export function writeFixture(format: number, name: string, fixture: object): void {
  mkdirSync(join(FOLDER, String(format)), { recursive: true });
  writeFileSync(join(FOLDER, String(format), `${name}.json`), `${text(fixture)}\n`, { flag: 'wx' });
}

/** A line for each record. */
function text(value: unknown, indent = ''): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value) && value.some((each) => typeof each === 'object'))
    return `[\n${value.map((each) => deeper + JSON.stringify(each)).join(',\n')}\n${indent}]`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  const fields = Object.entries(value).map(
    ([name, each]) => `${deeper}${JSON.stringify(name)}: ${text(each, deeper)}`,
  );
  return `{\n${fields.join(',\n')}\n${indent}}`;
}
