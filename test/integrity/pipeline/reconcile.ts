import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Report } from '../../../services/batch/reconcile/report.js';
import { packageRoot } from '../../../shared/runtime/package-root.js';

const PROGRAM = join(packageRoot(), 'dist', 'services', 'tactus.js');
const DEADLINE_MS = 600_000;

/** Runs `tactus reconcile` as a user does, for its report and for its text. */
export async function reconcile(
  env: Readonly<Record<string, string>>,
  from: string,
  to: string,
  waitSeconds: number,
): Promise<{ report: Report | null; text: string }> {
  const args = ['reconcile', '--from', from, '--to', to, '--wait', String(waitSeconds)];
  const json = await run(env, [...args, '--json']);
  const report = json.startsWith('{') ? (JSON.parse(json) as Report) : null;
  return { report, text: report === null ? json : await run(env, args) };
}

function run(env: Readonly<Record<string, string>>, args: string[]): Promise<string> {
  const options = { env: { ...process.env, ...env }, maxBuffer: 2 ** 26, timeout: DEADLINE_MS };
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], options, (_, out, err) => resolve(`${out}${err}`));
  });
}
