import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { TactusError } from '../../../shared/core/errors.js';

const run = promisify(execFile);

const JAVA_AT_LEAST = 17;

/**
 * Sees that `java` can be run and is new enough for Kafka and the registry.
 *
 * @returns what it says of its version
 * @throws TactusError `TACTUS_PREREQUISITE_MISSING`, one line with what to do about it.
 */
export async function requireJava(): Promise<string> {
  const found = await versionOf('java', ['-version']);
  if (found === null)
    missing(
      `java was not found: install Java ${JAVA_AT_LEAST} or newer (Debian: apt-get install openjdk-17-jre-headless) and see that \`java -version\` works`,
    );
  const major = javaMajor(found);
  if (major === null || major < JAVA_AT_LEAST)
    missing(
      `java is too old: ${JAVA_AT_LEAST} or newer is needed, \`java -version\` says ${found.split('\n')[0] ?? ''}; install a newer one (Debian: apt-get install openjdk-17-jre-headless) and put it first in PATH`,
    );
  return found;
}

/**
 * Sees that Maven can be run; only needed while the parts are not yet there.
 *
 * @throws TactusError `TACTUS_PREREQUISITE_MISSING`, one line with what to do about it.
 */
export async function requireMaven(): Promise<void> {
  const found = await versionOf('mvn', ['-version']);
  if (found === null)
    missing(
      'mvn was not found: install Maven 3.6 or newer (Debian: apt-get install maven) and see that `mvn -version` works',
    );
  const version = /Apache Maven (\d+)\.(\d+)/.exec(found);
  const [major, minor] = [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)];
  if (major < 3 || (major === 3 && minor < 6))
    missing(
      `mvn is too old: Maven 3.6 or newer is needed, \`mvn -version\` says ${found.split('\n')[0] ?? ''}; install a newer one and put it first in PATH`,
    );
}

/** The major version in the output of `java -version`; 8 for "1.8.0", null if there is none. */
export function javaMajor(output: string): number | null {
  const match = /version "(\d+)(?:\.(\d+))?/.exec(output);
  if (match === null) return null;
  const first = Number(match[1]);
  return first === 1 ? Number(match[2] ?? 0) : first;
}

async function versionOf(program: string, args: string[]): Promise<string | null> {
  try {
    const { stdout, stderr } = await run(program, args, { timeout: 30_000 });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: Maven colours its output.
    return `${stderr}${stdout}`.replace(/\u001b\[[0-9;]*m/g, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new TactusError(
      'TACTUS_PREREQUISITE_MISSING',
      `${program} does not run: \`${program} ${args.join(' ')}\` failed; reinstall it`,
      { cause: error },
    );
  }
}

function missing(message: string): never {
  throw new TactusError('TACTUS_PREREQUISITE_MISSING', message);
}
