import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../../shared/files/package-root.js';

/*
 * The examples of the operators, as they are printed: compiled as a user's own code would be, against the
 * package's exports and declarations, and run. The comments at the end of one are what it prints.
 */

const root = packageRoot();
const folder = join(root, 'shared', 'operators');

interface Example {
  readonly name: string;
  readonly code: string;
}

function examples(): Example[] {
  return readdirSync(folder).flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8').replaceAll(/^ \* ?/gm, '');
    const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] as string);
    // Excerpts of the code here import nothing.
    return blocks
      .filter((code) => code.startsWith('import '))
      .map((code, i) => ({ name: `${file.replaceAll('.', '-')}-${i + 1}`, code }));
  });
}

function printed(code: string): string {
  return (/(?:^\/\/ .*\n)+$/m.exec(code)?.[0] ?? '').replaceAll(/^\/\/ /gm, '');
}

const all = examples();
// Inside the package, so that it can import itself by its name.
const work = mkdtempSync(join(root, 'dist', 'examples-'));

describe('the examples of the operators', () => {
  before(() => {
    for (const { name, code } of all) writeFileSync(join(work, `${name}.ts`), code);
    const compilerOptions = {
      ...{ module: 'nodenext', target: 'es2022', strict: true, exactOptionalPropertyTypes: true },
      ...{ types: ['node'], typeRoots: [join(root, 'node_modules', '@types')], rootDir: '.' },
    };
    writeFileSync(join(work, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', work], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  });

  after(() => rmSync(work, { recursive: true, force: true }));

  it('are those of the three windows, of combine and of the README', () => {
    const files = new Set(all.map(({ name }) => name.replace(/-\d+$/, '')));
    for (const file of ['tumbling-window', 'hopping-window', 'session-window', 'combine'])
      assert.ok(files.has(`${file}-ts`), file);
    assert.equal(all.filter(({ name }) => name.startsWith('README-md')).length, 3);
  });

  for (const { name, code } of all)
    it(`print what they say: ${name}`, () => {
      assert.match(code, / from 'tactus\/operators';/);
      const { stdout, stderr } = spawnSync(process.execPath, [join(work, `${name}.js`)], {
        encoding: 'utf8',
      });
      assert.equal(stderr, '');
      assert.equal(stdout, printed(code));
      assert.notEqual(stdout, '');
    });

  it('show the pipeline of the worker as it is', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const [, excerpt = ''] = /composes\n\n```ts\n(.*?)```/s.exec(readme) ?? [];
    const stage = readFileSync(join(root, 'services', 'windowing', 'windowing-stage.ts'), 'utf8');
    assert.ok(excerpt.length > 0);
    assert.ok(stage.replaceAll(/^ +/gm, '').includes(excerpt));
  });
});
