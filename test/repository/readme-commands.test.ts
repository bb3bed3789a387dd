import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { commandEntries } from '../../services/cli/generate/commands-page.js';
import { packageRoot } from '../../shared/files/package-root.js';
import { readOptions } from '../bench/windowing/options.js';
import { readIntegrityOptions } from '../integrity/options.js';
import { select } from '../runner/selection.js';
import { parseCommand } from '../support/parse-command.js';
import { Readme } from '../support/readme.js';
import { shellCalls } from '../support/shell-calls.js';

const root = packageRoot();
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
const INTEGRITY = ['ingest', 'windowing', 'anomaly', 'alerting', 'sink', 'pipeline', 'watermark'];

/** Checks the arguments of one call; what it does is the matter of e2e/readme-commands.int.test. */
function check([program, ...args]: readonly string[]): void {
  const [first = '', ...rest] = args.filter((arg) => arg !== '-s' && arg !== '--');
  if (program === 'npx') {
    assert.equal(first, 'tactus');
    assert.notEqual(parseCommand(rest), '');
  } else if (first === 'start') parseCommand(['up', ...rest]);
  else if (first === 'test') select(rest, join(root, 'dist', 'test'), join(root, 'test'));
  else {
    assert.equal(first, 'run');
    const [script = '', ...more] = rest;
    assert.ok(script in scripts, `npm run ${script}`);
    if (script === 'test:integrity') readIntegrityOptions(more, INTEGRITY);
    if (script === 'bench' && more.length > 1) {
      assert.equal(more[0], 'windowing');
      readOptions(more.slice(1));
    }
  }
}

function checkLines(lines: readonly string[]): number {
  let count = 0;
  for (const { line, calls, unknown } of shellCalls(lines)) {
    assert.deepEqual(unknown, [], line);
    for (const call of calls) {
      assert.doesNotThrow(() => check(call), line);
      count += 1;
    }
  }
  return count;
}

describe('the commands of the README', () => {
  const lines = new Readme().commands();

  it('are taken by the programs that they are for', () => {
    assert.ok(checkLines(lines) > 30);
  });

  it('would not pass if one of them were wrong', () => {
    for (const wrong of ['npx tactus windowin', 'npx tactus dlq ls --sinc 1h', 'npm run nothing', 'kcat -L'])
      assert.throws(() => checkLines([wrong]), wrong);
  });
});

describe('the examples of --help', () => {
  it('are taken by their commands', () => {
    const lines = commandEntries().flatMap(({ name, help }) => {
      const [, text = ''] = /\nExamples?\b.*\n([\s\S]*)$/.exec(help) ?? [];
      const examples = text.split('\n').map((line) => line.trim());
      assert.ok(
        examples.some((line) => line.includes(`tactus ${name}`)),
        name,
      );
      return examples.filter((line) => line !== '');
    });
    assert.ok(checkLines(lines) > 20);
  });
});
