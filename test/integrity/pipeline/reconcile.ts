import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Report } from '../../../services/batch/reconcile/report.js';
import { packageRoot } from '../../../shared/files/package-root.js';

const PROGRAM = join(packageRoot(), 'dist', 'services', 'cli', 'tactus.js');
const DEADLINE_MS = 900_000;

/** Runs `tactus reconcile` as a user does; the report is null when there is none, the output says why. */
export async function reconcile(
  env: Readonly<Record<string, string>>,
  from: string,
  to: string,
  waitSeconds: number,
): Promise<{ report: Report | null; output: string }> {
  const args = [
    'reconcile',
    '--from',
    from,
    '--to',
    to,
    '--wait',
    String(waitSeconds),
    '--differences',
    '5',
    '--json',
  ];
  const { out, err } = await run(env, args);
  return { report: out.startsWith('{') ? (JSON.parse(out) as Report) : null, output: `${out}${err}` };
}

function run(env: Readonly<Record<string, string>>, args: string[]): Promise<{ out: string; err: string }> {
  const options = { env: { ...process.env, ...env }, maxBuffer: 2 ** 26, timeout: DEADLINE_MS };
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], options, (_, out, err) => resolve({ out, err }));
  });
}
