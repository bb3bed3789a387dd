import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../shared/files/package-root.js';

const root = packageRoot();

interface Import {
  readonly from: string;
  /** Path inside the repository, or the bare specifier of a package. */
  readonly to: string;
}

/** Programs of users: they know the clients of Kafka and the registry, and nothing of Tactus. */
const EXAMPLES = join('services', 'cli', 'examples');

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .filter((file) => !file.startsWith(EXAMPLES));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1] as string);
  return specifiers.map((specifier) => ({
    from: file,
    to: specifier.startsWith('.') ? relative(root, resolve(root, dirname(file), specifier)) : specifier,
  }));
}

const all = ['services', 'shared', 'schemas', 'topics'].flatMap(sources).flatMap(importsOf);

function refuse(what: string, bad: (one: Import) => boolean): void {
  it(what, () => {
    const found = all.filter(bad).map(({ from, to }) => `${from} imports ${to}`);
    assert.deepEqual(found, []);
  });
}

const inside = (folder: string) => (path: string) => path.startsWith(`${folder}/`);
/** What the declarations of schemas and topics say: names and types. */
const types = (path: string) => path === 'schemas/types.js' || path === 'topics/names.js';
/** Folders whose code does no I/O. */
const PURE = ['shared/core', 'shared/wire', 'shared/windows', 'shared/detection', 'shared/resilience'];
/** Hashing, and data structures: nothing of them reaches out of the process. */
const PURE_PACKAGES = ['node:crypto', 'tinyqueue'];
const service = (path: string) => /^services\/([^/]+)\//.exec(path)?.[1];

describe('imports', () => {
  it('are found at all', () => {
    assert.ok(all.length > 300);
  });

  refuse(
    'of shared/core stay inside shared/core',
    ({ from, to }) => inside('shared/core')(from) && !inside('shared/core')(to) && !types(to),
  );
  refuse(
    'of pure folders reach only pure code',
    ({ from, to }) =>
      PURE.some((folder) => inside(folder)(from)) &&
      !PURE.some((folder) => inside(folder)(to)) &&
      !inside('shared/ports')(to) &&
      !types(to) &&
      !PURE_PACKAGES.includes(to),
  );
  refuse(
    'of shared/ports reach only shared/core',
    ({ from, to }) =>
      inside('shared/ports')(from) && !inside('shared/core')(to) && !inside('shared/ports')(to) && !types(to),
  );
  refuse(
    'of shared never reach a service',
    ({ from, to }) => inside('shared')(from) && inside('services')(to),
  );
  refuse('of a service never reach another service', ({ from, to }) => {
    const own = service(from);
    const other = service(to);
    // The command line starts them all, and hands `up` what to run.
    return own !== undefined && other !== undefined && own !== other && own !== 'cli';
  });
  refuse(
    'of stages do no I/O',
    ({ from, to }) =>
      /-stage\.ts$/.test(from) &&
      (inside('shared/adapters')(to) ||
        inside('shared/process')(to) ||
        inside('shared/runners')(to) ||
        (to.startsWith('node:') && to !== 'node:crypto')),
  );
});

describe('the schema registry', () => {
  it('is asked through its library, which one folder knows', () => {
    const library = ({ to }: Import) => to.startsWith('@kafkajs/confluent-schema-registry');
    const users = new Set(all.filter(library).map(({ from }) => dirname(from)));
    assert.deepEqual([...users], ['shared/adapters/registry']);
    const past = ['services', 'shared', 'test'].flatMap(sources).filter((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return /fetch\([^;]*(?:\/subjects|\/schemas\/ids|\/config\/)/.test(text);
    });
    assert.deepEqual(past, []);
  });
});

describe('the clock', () => {
  it('is read in one place', () => {
    const readers = ['services', 'shared'].flatMap(sources).filter((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return /Date\.now\(|new Date\(\)/.test(text);
    });
    assert.deepEqual(readers, ['shared/core/clock.ts']);
  });
});
