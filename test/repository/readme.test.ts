import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { metricRows } from '../../services/cli/generate/metrics-page.js';
import { REFERENCE } from '../../services/cli/generate/reference.js';
import { configKeys, FOR_CLIENTS } from '../../shared/config/load.js';
import { ERROR_CODES } from '../../shared/core/error-codes.js';
import { packageRoot } from '../../shared/files/package-root.js';
import { Readme } from '../support/readme.js';
import { Snippets } from '../support/senders/snippets.js';

const root = packageRoot();
const readme = new Readme();

/** Every page of the repository, but for those of packages. */
const pages = [
  'README.md',
  ...['services', 'shared', 'topics', 'monitoring', 'k8s', 'test'].flatMap(pagesIn),
].map((path) => new Readme(path));

function pagesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}

describe('the README', () => {
  it('has at most 250 lines', () => {
    assert.ok(readme.text.trimEnd().split('\n').length <= 250);
  });

  it('leads to every reference page', () => {
    const links = readme.links();
    for (const path of Object.keys(REFERENCE)) assert.ok(links.includes(path), path);
  });

  it('gives measured speeds with the command that measures them, over 10,000,000 points too', () => {
    const lines = readme.text.split('\n').filter((line) => /points a second|times Kafka/.test(line));
    assert.ok(lines.length > 0);
    for (const line of lines) assert.match(line, /10,000,000.*npm run bench -- \w+.*--points 10000000/);
  });

  it('shows the example files as they are', () => {
    const folder = join(root, 'services', 'cli', 'examples');
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const blocks = readme.code('yaml');
    assert.equal(blocks.length, 2);
    for (const block of blocks)
      assert.ok(
        files.some((file) => file.endsWith(block)),
        block,
      );
  });
});

describe('what the pages print to send with', () => {
  it('needs the packages that it is tested with', () => {
    const read = (path: string) => readFileSync(join(root, path), 'utf8');
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: object };
    const ofPython = [...read('test/support/senders/requirements.txt').matchAll(/^[^=]+/gm)].map(([name]) =>
      name.trim(),
    );
    const installed = [...Object.keys(devDependencies), ...ofPython];
    const { files } = new Snippets();
    assert.ok(files.size >= 5);
    for (const [name, { packages }] of files)
      for (const one of packages) assert.ok(installed.includes(one), `${name}: ${one}`);
  });
});

describe('every page', () => {
  it('has links only to what exists', () => {
    for (const { path, links } of pages.map((page) => ({ path: page.path, links: page.links() })))
      for (const to of links.filter((link) => !link.startsWith('https://'))) {
        const [file, anchor] = to.split('#') as [string, string | undefined];
        const target = file === '' ? path : join(dirname(path), file);
        assert.ok(existsSync(join(root, target)), `${path}: ${to}`);
        if (anchor !== undefined)
          assert.ok(new Readme(target).anchors().includes(anchor), `${path}: ${to} has no such heading`);
      }
  });

  it('names only metrics, variables and codes that there are', () => {
    const metrics = metricRows().map(({ name }) => name);
    const variables = [
      ...configKeys().map(([, { env }]) => env),
      ...Object.keys(ERROR_CODES),
      'TACTUS_CONFIG_FILE',
      ...FOR_CLIENTS,
    ];
    for (const { path, text } of pages) {
      for (const [metric] of text.matchAll(/(?<=`)(?:tactus|collector|ml)_[a-z_]+(?=[{`])/g))
        assert.ok(metrics.includes(metric), `${path}: ${metric}`);
      for (const [variable] of text.matchAll(/\bTACTUS_[A-Z_]+\b(?!…)/g))
        assert.ok(
          variables.some(
            (name) => name === variable || (variable.endsWith('_') && name.startsWith(variable)),
          ),
          `${path}: ${variable}`,
        );
    }
  });
});

describe('the README of each worker', () => {
  const workers = [...new Set(metricRows().map(({ worker }) => worker))].filter((name) => name !== null);

  it('says how it delivers, in which order and batches, what it leaves behind, and where its metrics are', () => {
    assert.ok(workers.length > 5);
    for (const worker of workers) {
      const { text } = new Readme(join('services', worker, 'README.md'));
      for (const heading of ['Delivery', 'Ordering', 'Batching', 'Metadata', 'Metrics'])
        assert.match(text, new RegExp(`^## ${heading}$`, 'm'), `${worker}: ${heading}`);
      assert.ok(text.includes(`](../METRICS.md#${worker})`), `${worker}: metrics`);
    }
  });
});
