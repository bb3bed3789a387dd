import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../../shared/files/package-root.js';
import { pythonEnvironment } from '../../../support/python-environment.js';
import type { Asker, RightRequests } from './prepared.js';

const folder = join(packageRoot(), 'test', 'services', 'api', 'schema');

export interface SchemaRun {
  readonly url: string;
  readonly asker: Asker;
  readonly requests: RightRequests;
  readonly examples: number;
  readonly phases: readonly ('examples' | 'coverage' | 'fuzzing' | 'stateful')[];
  readonly seed: number;
}

/** How often an operation was answered with a status, and how long that took in all. */
export interface Answered {
  readonly operation: string;
  readonly status: number;
  readonly count: number;
  readonly seconds: number;
}

export interface SchemaResult {
  /** Whether every answer is as the description says. */
  readonly isSound: boolean;
  readonly output: string;
  readonly answered: readonly Answered[];
}

/** Programs of schemathesis, which is installed on first use. */
export function schemathesis(): Promise<string> {
  return pythonEnvironment('python-schemathesis', join(folder, 'requirements.txt'));
}

/** Asks an API what its description says may be asked, and what it says may not, and compares each answer with it. */
export async function runSchemathesis(programs: string, run: SchemaRun): Promise<SchemaResult> {
  const { url, asker, requests, examples, phases, seed } = run;
  const files = mkdtempSync(join(tmpdir(), 'tactus-schema-'));
  try {
    const [prepared, answered] = [join(files, 'prepared.json'), join(files, 'answered.json')];
    writeFileSync(prepared, JSON.stringify({ url, role: { ...asker, requests } }));
    const child = spawn(
      join(programs, 'python3'),
      [
        ...['-m', 'schemathesis.cli', '--config-file', join(folder, 'schemathesis.toml')],
        ...['run', `${url}/openapi.json`, '--seed', String(seed), '--max-examples', String(examples)],
        ...['--phases', phases.join(',')],
      ],
      {
        cwd: files,
        env: {
          ...process.env,
          ...{ PYTHONPATH: folder, PYTHONPYCACHEPREFIX: join(programs, '..', 'compiled') },
          ...{ TACTUS_PREPARED: prepared, TACTUS_ANSWERED: answered },
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    if (!existsSync(answered)) throw new Error(`schemathesis ended with ${code}: ${output}`);
    return { isSound: code === 0, output, answered: JSON.parse(readFileSync(answered, 'utf8')) };
  } finally {
    rmSync(files, { recursive: true, force: true });
  }
}

/** Operations that have not done what they are for: been answered 2xx, or 3xx where they send browsers elsewhere. */
export function unanswered({ answered }: Pick<SchemaResult, 'answered'>): string[] {
  const done = new Set(answered.filter(({ status }) => status < 400).map(({ operation }) => operation));
  return [...new Set(answered.map(({ operation }) => operation))].filter((one) => !done.has(one)).sort();
}

/** Each operation with its statuses and how often each was answered. */
export function tableOf(answered: readonly Answered[]): string[] {
  const operations = [...new Set(answered.map(({ operation }) => operation))].sort();
  return operations.map((operation) => {
    const statuses = answered.filter((one) => one.operation === operation);
    const sum = (of: 'count' | 'seconds') => statuses.reduce((total, one) => total + one[of], 0);
    const mean = `${Math.round((1_000 * sum('seconds')) / sum('count'))} ms`;
    return `${operation.padEnd(28)} ${mean.padStart(8)}  ${statuses.map(({ status, count }) => `${status}: ${count}`).join('  ')}`;
  });
}
