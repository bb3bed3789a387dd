import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { startStack } from '../services/up/embedded/stack.js';
import { packageRoot } from '../shared/files/package-root.js';

/*
 * `npm test`: brings up the embedded stack once, runs all tests against it, takes it down again.
 * Arguments narrow the run to test files whose path contains one of them: `npm test -- windows`.
 */

/** These break servers, load the machine or measure: one at a time, after the others. */
const ALONE = ['services/up/', 'integrity/', 'e2e/'];

/** Files that only share the servers run side by side. */
const TOGETHER = 2;

/** A file that takes longer hangs: it fails, and the rest of the run goes on. */
const FILE_TIMEOUT_MS = 300_000;

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
const running = new Set<ChildProcess>();
// Stays for the second signal too: npm passes on a Ctrl-C that the terminal has sent already.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    interrupted = true;
    for (const child of running) end(child, 'SIGTERM');
  });

const totals = { pass: 0, fail: 0, skipped: 0 };
const failed: string[] = [];
try {
  await inTurn(together, TOGETHER);
  await inTurn(alone, 1);
} finally {
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
for (const name of failed) process.stdout.write(`failed: ${name}\n`);
process.stdout.write(`${totals.pass} passed, ${totals.fail} failed, ${totals.skipped} skipped\n`);
process.exit(interrupted ? 130 : failed.length > 0 ? 1 : 0);

async function inTurn(names: readonly string[], concurrency: number): Promise<void> {
  const left = [...names];
  const lane = async () => {
    for (let name = left.shift(); name !== undefined && !interrupted; name = left.shift())
      await runFile(name);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

/** Runs one file in a process group of its own, prints what it said, adds up what it reports. */
async function runFile(name: string): Promise<void> {
  const began = performance.now();
  const path = relative(process.cwd(), join(folder, name));
  // Forced: a failed test may leave a client open, which would keep its process for ever.
  const args = ['--enable-source-maps', '--test-force-exit', '--test-reporter=spec', path];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...stack.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const timer = setTimeout(() => {
    output += `it did not end within ${FILE_TIMEOUT_MS / 1000} s\n`;
    end(child, 'SIGKILL');
  }, FILE_TIMEOUT_MS);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  running.delete(child);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`${output.replaceAll(/^ℹ .*\n/gm, '').trimEnd()}\n-- ${name}: ${seconds} s\n`);
  const reported = count(output);
  if (code === 0) return;
  failed.push(name);
  // It ended before it could say what failed.
  if (reported === 0) totals.fail += 1;
}

/** What a test has started ends with it. */
function end(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid as number), signal);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
  }
}

/** Adds up the closing lines of the spec reporter, `ℹ pass 12`; gives the number of failures. */
function count(output: string): number {
  let failures = 0;
  for (const [, what, digits] of output.matchAll(/^ℹ (pass|fail|cancelled|skipped) (\d+)$/gm)) {
    const number = Number(digits);
    if (what === 'pass') totals.pass += number;
    else if (what === 'skipped') totals.skipped += number;
    else failures += number;
  }
  totals.fail += failures;
  return failures;
}
