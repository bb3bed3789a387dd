import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { startStack } from '../services/up/embedded/stack.js';
import { packageRoot } from '../shared/runtime/package-root.js';

/*
 * `npm test`: brings up the embedded stack once, runs all tests against it, takes it down again.
 * Arguments narrow the run to test files whose path contains one of them: `npm test -- windows`.
 */

/** These break servers, load the machine or measure: one at a time, after the others. */
const ALONE = ['embedded/', 'faults/', 'integrity/', 'e2e/'];

const folder = join(packageRoot(), 'dist', 'test');
const wanted = process.argv.slice(2);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort();
const alone = files.filter((name) => ALONE.some((start) => name.startsWith(start)));
const together = files.filter((name) => !alone.includes(name));

const dataDir = mkdtempSync(join(tmpdir(), 'tactus-test-'));
const stack = await startStack({ dataDir, progress: (line) => process.stdout.write(`${line}\n`) });
let interrupted = false;
let running: ChildProcess | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    interrupted = true;
    running?.kill('SIGTERM');
  });

const totals = { pass: 0, fail: 0, skipped: 0 };
let code = 0;
try {
  for (const [names, concurrency] of [
    [together, 2],
    [alone, 1],
  ] as const) {
    if (names.length === 0 || interrupted) continue;
    code = Math.max(code, await runTests(names, concurrency));
  }
} finally {
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
process.stdout.write(`${totals.pass} passed, ${totals.fail} failed, ${totals.skipped} skipped\n`);
process.exit(interrupted ? 130 : code);

/** Runs test files in processes of their own; adds up what they report; gives the exit code. */
async function runTests(names: readonly string[], concurrency: number): Promise<number> {
  const paths = names.map((name) => relative(process.cwd(), join(folder, name)));
  // Forced: a failed test may leave a client open, which would keep its process for ever.
  const args = [
    '--enable-source-maps',
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${concurrency}`,
  ];
  const child = spawn(process.execPath, [...args, ...paths], {
    env: { ...process.env, ...stack.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running = child;
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text);
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) count(line);
  });
  return await new Promise((resolve) => child.once('close', (exit) => resolve(exit ?? 1)));
}

/** The closing lines of the spec reporter: `ℹ pass 12`. */
function count(line: string): void {
  const match = /^ℹ (pass|fail|cancelled|skipped) (\d+)/.exec(line);
  if (match === null) return;
  const number = Number(match[2]);
  if (match[1] === 'pass') totals.pass += number;
  else if (match[1] === 'skipped') totals.skipped += number;
  else totals.fail += number;
}
