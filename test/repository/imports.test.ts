import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../shared/files/package-root.js';

/*
 * What may import what. Cycles between files are found by the linter (noImportCycles, types counted);
 * here: between folders, against the order of layers, and out of what is pure.
 */

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
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name))
    .filter((file) => !file.startsWith(EXAMPLES));
}

function importsOf(file: string): Import[] {
  // Without comments: their examples import what a user would.
  const text = readFileSync(join(root, file), 'utf8').replaceAll(/^\s*\*.*$/gm, '');
  const specifiers = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1] as string);
  return specifiers.map((specifier) => ({
    from: file,
    to: specifier.startsWith('.') ? relative(root, resolve(root, dirname(file), specifier)) : specifier,
  }));
}

const all = ['services', 'shared', 'schemas', 'topics'].flatMap(sources).flatMap(importsOf);

/** Each line may import from itself and from those above. */
const LAYERS: readonly (readonly string[])[] = [
  ['topics', 'schemas'],
  ['shared/core'],
  ['shared/ports'],
  ['shared/wire'],
  [
    ...['shared/windows', 'shared/detection', 'shared/operators', 'shared/resilience'],
    ...['shared/security', 'shared/admission', 'shared/expressions', 'shared/tenancy', 'shared/quotas'],
  ],
  ['shared/files'],
  ['shared/alerting'],
  ['shared/config', 'shared/catalog'],
  ['shared/process'],
  ['shared/adapters'],
  ['shared/runners', 'shared/control', 'shared/dead-letters'],
  ['services'],
];

/** Of the dashboard, each folder may import from itself and from those before it; shell and pages from all. */
const DASHBOARD = ['address', 'time', 'api', 'parts', 'charts'];
const ofDashboard = (path: string) => /^services\/dashboard\/([^/]+)\//.exec(path)?.[1] ?? '';

const inside = (folder: string) => (path: string) => path.startsWith(`${folder}/`);
const layerOf = (path: string) =>
  LAYERS.findIndex((folders) => folders.some((folder) => inside(folder)(path)));
const isOurs = (path: string) => layerOf(path) >= 0;
const service = (path: string) => /^services\/([^/]+)\//.exec(path)?.[1];

/** Folders whose code does no I/O. */
const PURE = LAYERS.slice(0, 5).flat();
/** Nothing of them reaches out of the process. */
const PURE_PACKAGES = ['@marcbachmann/cel-js', 'node:crypto', 're2js', 'rxjs', 'tinyqueue'];

function refuse(what: string, bad: (one: Import) => boolean): void {
  it(what, () => {
    const found = all.filter(bad).map(({ from, to }) => `${from} imports ${to}`);
    assert.deepEqual(found, []);
  });
}

describe('imports', () => {
  it('are found at all', () => {
    assert.ok(all.length > 300);
  });

  it('know every folder of shared', () => {
    const folders = readdirSync(join(root, 'shared')).map((name) => `shared/${name}`);
    assert.deepEqual(
      folders.filter((folder) => !LAYERS.flat().includes(folder)),
      [],
    );
  });

  refuse(
    'never run back up the layers',
    ({ from, to }) => isOurs(from) && isOurs(to) && layerOf(to) > layerOf(from),
  );

  refuse('of a service never reach another service', ({ from, to }) => {
    const [own, other] = [service(from), service(to)];
    // The command line starts them all, and hands `up` what to run.
    return own !== undefined && other !== undefined && own !== other && own !== 'cli';
  });

  refuse('of the dashboard never run up its folders', ({ from, to }) => {
    const [own, other] = [DASHBOARD.indexOf(ofDashboard(from)), ofDashboard(to)];
    return own >= 0 && other !== '' && (DASHBOARD.indexOf(other) > own || !DASHBOARD.includes(other));
  });

  refuse(
    'of pure folders reach only pure code',
    ({ from, to }) =>
      PURE.some((folder) => inside(folder)(from)) &&
      !PURE.some((folder) => inside(folder)(to)) &&
      !PURE_PACKAGES.includes(to),
  );

  refuse(
    'of stages do no I/O',
    ({ from, to }) =>
      /-stage\.ts$/.test(from) &&
      (['shared/adapters', 'shared/process', 'shared/runners'].some((folder) => inside(folder)(to)) ||
        (to.startsWith('node:') && to !== 'node:crypto')),
  );

  it('make no cycle between folders', () => {
    const folders = new Map<string, Set<string>>();
    for (const { from, to } of all) {
      if (!isOurs(to) || dirname(from) === dirname(to)) continue;
      const reached = folders.get(dirname(from)) ?? new Set();
      folders.set(dirname(from), reached.add(dirname(to)));
    }
    assert.equal(cycleIn(folders), '');
  });

  it('that make a cycle are found', () => {
    const graph = new Map([
      ['a', new Set(['b', 'c'])],
      ['b', new Set(['d'])],
      ['d', new Set(['b'])],
    ]);
    assert.equal(cycleIn(graph), 'b > d > b');
  });
});

/** The first cycle of a graph, as `a > b > a`; empty without one. */
function cycleIn(graph: ReadonlyMap<string, ReadonlySet<string>>): string {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): string => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node].join(' > ');
    if (done.has(node)) return '';
    for (const next of graph.get(node) ?? []) {
      const found = visit(next, [...path, node]);
      if (found !== '') return found;
    }
    done.add(node);
    return '';
  };
  for (const node of graph.keys()) {
    const found = visit(node, []);
    if (found !== '') return found;
  }
  return '';
}
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
  it('is read in one place of the programs, and one of the pages in browsers', () => {
    const readers = ['services', 'shared'].flatMap(sources).filter((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return /Date\.now\(|new Date\(\)/.test(text);
    });
    assert.deepEqual(readers, ['services/dashboard/time/clock.ts', 'shared/core/clock.ts']);
  });
});
