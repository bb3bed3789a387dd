import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../../shared/files/package-root.js';
import { pythonEnvironment } from '../python-environment.js';

const root = packageRoot();
export const PYTHON_SCRIPT = join(root, 'test', 'support', 'senders', 'record_otel.py');
const REQUIREMENTS = join(root, 'test', 'support', 'senders', 'requirements.txt');

/** @throws where a program is missing: what was not sent by the real sender was not tested */
export function requirePrograms(...names: string[]): void {
  for (const name of names)
    try {
      execFileSync('bash', ['-c', `command -v ${name}`], { stdio: 'ignore' });
    } catch {
      throw new Error(
        `${name} is missing, with which this test sends: apt-get install curl prometheus kcat python3-venv`,
      );
    }
}

/** The environment of Python with the packages that send. @returns its folder of programs */
export function pythonSenders(): Promise<string> {
  return pythonEnvironment('python-senders', REQUIREMENTS);
}
