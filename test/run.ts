import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { archiveFlags } from '../services/up/embedded/archive-flags.js';
import { type EmbeddedStack, startStack } from '../services/up/embedded/stack.js';
import { messageOf } from '../shared/core/errors.js';
import { packageRoot } from '../shared/files/package-root.js';
import { batches, nameOfBatch } from './runner/batches.js';
import { isIntegration, reaches, type Selection, select, USAGE } from './runner/selection.js';

/*
 * `npm test`: runs test files side by side. Those with servers and long ones have a process of their own each, the
 * others one for each folder. The embedded stack is started once, and only if a selected file uses it.
 */

/** These load the machine, or read all that there is: four at a time at most, after the others. */
const LAST_LANES = 4;
const LAST = ['services/up/', 'integrity/', 'faults/', 'e2e/'];
/** Of these: they have servers of their own, measure nothing, and wait for half of their time. One of them beside the others. */
const OWN_SERVERS = [
  ...['alerting', 'anomaly', 'ingest', 'series', 'sink', 'watermark', 'windowing'].map(
    (name) => `integrity/${name}`,
  ),
  ...['e2e/secured', 'e2e/tracing', 'faults/'],
];
/**
 * They begin first, in this order, so that none is left over when the others have ended: ten seconds and more without
 * servers, half a minute and more with them.
 */
const LONG = [
  ...['shared/runners/stage-partition', 'services/windowing/windowing-', 'services/api/access/authorisation'],
  ...['services/api/graphql/graphql.test', 'services/api/graphql/subscription.test'],
  ...['repository/hostile-expressions', 'services/gateway/formats/hostile', 'services/cli/command-line.test'],
  ...['services/gateway/formats/acknowledged', 'integrity/expected', 'services/cli/program/unreachable'],
  ...['shared/runners/log-gaps', 'shared/config/secrets'],
  ...['deploy/image', 'shared/adapters/kafka/produce/worker-transactions'],
  ...['shared/runners/killed-in-commit', 'shared/runners/rebalance'],
  ...['integrity/three-brokers', 'e2e/server-faults', 'integrity/gateway', 'e2e/readme-commands'],
  ...['services/up/up.int', 'services/up/embedded/stack', 'services/up/up-infra'],
];
/** Brokers and their tools are started again and again, and have little to do: so a start takes half as long. */
const JAVA_OPTIONS = '-XX:TieredStopAtLevel=1';
/** Whoever imports this uses the servers of the run. */
const SHARED_SERVERS = 'support/servers.js';

/** A process that takes longer hangs: it fails, and the rest of the run goes on. */
const TIMEOUT_MS = 540_000;

const folder = join(packageRoot(), 'dist', 'test');
const calledOff = new AbortController();
const running = new Set<ChildProcess>();
const totals = { pass: 0, fail: 0, skipped: 0 };
const failed: string[] = [];
let interrupted = false;
let stack: EmbeddedStack | null = null;

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  let selection: ReturnType<typeof select>;
  try {
    selection = select(args, folder, join(packageRoot(), 'test'));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${USAGE}`);
    return 2;
  }
  if (selection.list) {
    for (const file of selection.files) process.stdout.write(`test/${file.replace(/\.js$/, '.ts')}\n`);
    return 0;
  }
  process.env.JDK_JAVA_OPTIONS ??= JAVA_OPTIONS;
  // Stays for the second signal too: npm passes on a Ctrl-C that the terminal has sent already.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      interrupted = true;
      calledOff.abort();
      for (const child of running) end(child, 'SIGTERM');
    });
  await runAll(selection);
  for (const name of failed) process.stdout.write(`failed: ${name}\n`);
  process.stdout.write(`${totals.pass} passed, ${totals.fail} failed, ${totals.skipped} skipped\n`);
  if (interrupted) return 130;
  return failed.length > 0 ? 1 : 0;
}

/** Files without servers first: what is wrong with them is known in a minute. The servers start meanwhile. */
async function runAll(selection: Selection): Promise<void> {
  const unit = selection.files.filter((file) => !isIntegration(file));
  const rest = selection.files.filter(isIntegration);
  const dataDir = mkdtempSync(join(tmpdir(), 'tactus-test-'));
  const progress = (line: string) => process.stdout.write(`${line}\n`);
  const starting = rest.some((file) => reaches(file, folder, SHARED_SERVERS))
    ? startStack({ dataDir, prepare: true, progress, signal: calledOff.signal })
    : null;
  // Whoever waits for it hears of that.
  starting?.catch(() => {});
  try {
    // Two more than there are processors: some wait for clocks.
    await inTurn([batches(longFirst(unit), isLong)], selection, availableParallelism() + 2);
    if (rest.length === 0 || interrupted) return;
    stack = (await starting?.catch(unlessInterrupted)) ?? null;
    // Of Kafka's tools and of brokers that are not of an embedded stack; the registry names its own.
    for (const flag of archiveFlags(stack?.archives?.kafka ?? null))
      process.env.JDK_JAVA_OPTIONS += ` '${flag}'`;
    const startsWith = (starts: readonly string[]) => (file: string) =>
      starts.some((start) => file.startsWith(start));
    const own = rest.filter(startsWith(OWN_SERVERS));
    const last = rest.filter((file) => startsWith(LAST)(file) && !own.includes(file));
    const others = rest.filter((file) => !own.includes(file) && !last.includes(file));
    // Two more than there are processors: what needs servers waits for these half of the time, and with more the longest come to their limits.
    await inTurn([own, others].map(eachAlone), selection, availableParallelism() + 2);
    await inTurn([eachAlone(last)], selection, LAST_LANES);
  } finally {
    await (await starting?.catch(() => null))?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** A start that was called off is no fault. */
function unlessInterrupted(error: unknown): null {
  if (interrupted) return null;
  throw error;
}

/** Each lane has a queue, those left over the last one, and helps with the others when that is empty. */
async function inTurn(
  queues: readonly (readonly (readonly string[])[])[],
  selection: Selection,
  lanes: number,
): Promise<void> {
  const left = queues.map((queue) => [...queue]);
  const lane = async (number: number) => {
    const first = Math.min(number, left.length - 1);
    const mine = [...left.slice(first), ...left.slice(0, first)];
    const next = () => mine.find(({ length }) => length > 0)?.shift();
    for (let files = next(); files !== undefined && !interrupted; files = next())
      await runFiles(files, selection);
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
}

function isLong(file: string): boolean {
  return LONG.some((start) => file.startsWith(start));
}

function longFirst(files: readonly string[]): string[] {
  const long = LONG.flatMap((start) => files.filter((file) => file.startsWith(start)));
  return [...long, ...files.filter((file) => !isLong(file))];
}

/** What uses servers may end its process, change its environment, or hang. */
function eachAlone(files: readonly string[]): string[][] {
  return longFirst(files).map((file) => [file]);
}

/** Runs files in one process, in a process group of its own, prints its output, adds up what it reports. */
async function runFiles(files: readonly string[], { name }: Selection): Promise<void> {
  const began = performance.now();
  const paths = files.map((file) => relative(process.cwd(), join(folder, file)));
  // Forced: a failed test may leave a client open, which would keep its process for ever.
  const args = ['--enable-source-maps', '--test-force-exit', '--test-reporter=spec'];
  if (paths.length > 1) args.push('--test', '--test-isolation=none');
  if (name !== undefined) args.push(`--test-name-pattern=${name}`);
  const child = spawn(process.execPath, [...args, ...paths], {
    env: { ...process.env, ...stack?.env },
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
    output += `it did not end within ${TIMEOUT_MS / 1000} s\n`;
    end(child, 'SIGKILL');
  }, TIMEOUT_MS);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  running.delete(child);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const reported = count(output);
  // With a pattern for names, most files have nothing to report.
  if (code !== 0 || name === undefined || reported.ran > 0)
    process.stdout.write(
      `${output.replaceAll(/^ℹ .*\n/gm, '').trimEnd()}\n-- ${nameOfBatch(files)}: ${seconds} s\n`,
    );
  if (code === 0) return;
  failed.push(nameOfBatch(files));
  // It ended before it could report what failed.
  if (reported.failures === 0) totals.fail += 1;
}

/** Ends a process of test files and everything that it has started. */
function end(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid as number), signal);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
  }
}

/** Adds up the closing lines of the spec reporter, `ℹ pass 12`. */
function count(output: string): { readonly failures: number; readonly ran: number } {
  let failures = 0;
  let passes = 0;
  for (const [, what, digits] of output.matchAll(/^ℹ (pass|fail|cancelled|skipped) (\d+)$/gm)) {
    const number = Number(digits);
    if (what === 'pass') passes += number;
    else if (what === 'skipped') totals.skipped += number;
    else failures += number;
  }
  totals.pass += passes;
  totals.fail += failures;
  return { failures, ran: passes + failures };
}
