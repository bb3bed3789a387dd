import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../shared/core/errors.js';
import { packageRoot } from '../../shared/files/package-root.js';
import { runTactus } from '../support/command-line.js';

/** A build of another commit, beside this one. */
export interface Build {
  readonly commit: string;
  /** Its command line. */
  readonly program: string;
  /** Of these variables those that it knows: what it does not know it refuses. */
  known(env: Readonly<Record<string, string>>): Promise<Record<string, string>>;
}

/** Where the command line was and is, the newest first. */
const PROGRAMS = ['dist/services/cli/tactus.js', 'dist/services/tactus.js'];
const BUILDS = join(packageRoot(), '.tactus', 'builds');

/**
 * Builds a commit of this repository in `.tactus/builds`, or takes it from there. It has the packages of this build where
 * it wants the same ones, else its own, by its own lock file.
 *
 * @throws Error where the repository does not have the commit, or it does not build
 */
export async function buildOf(name: string, say: (line: string) => void): Promise<Build> {
  const commit = commitOf(name);
  const folder = join(BUILDS, commit);
  const finished = join(folder, 'built');
  if (!existsSync(finished)) {
    say(`building ${commit.slice(0, 12)} in ${folder}`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const archive = git(['archive', commit]);
    execFileSync('tar', ['-x', '-C', folder], { input: archive });
    if (wantsOtherPackages(folder)) {
      say('installing its own packages');
      const install = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
      execFileSync('npm', install, { cwd: folder, stdio: 'pipe' });
    } else symlinkSync(join(packageRoot(), 'node_modules'), join(folder, 'node_modules'));
    execFileSync(join(folder, 'node_modules', '.bin', 'tsc'), ['-p', folder], { stdio: 'pipe' });
    writeFileSync(finished, '');
  }
  const program = PROGRAMS.map((path) => join(folder, path)).find(existsSync);
  if (program === undefined) throw new Error(`${commit} has none of ${PROGRAMS.join(', ')}`);
  let config: Promise<string> | undefined;
  return {
    ...{ commit, program },
    known: async (env) => {
      config ??= runTactus(['config'], {}, program).then(({ stdout }) => stdout);
      const text = await config;
      return Object.fromEntries(
        Object.entries(env).filter(
          ([key]) => !key.startsWith('TACTUS_') || new RegExp(`\\b${key}\\b`).test(text),
        ),
      );
    },
  };
}

function commitOf(name: string): string {
  try {
    return git(['rev-parse', '--verify', '--quiet', `${name}^{commit}`])
      .toString()
      .trim();
  } catch (error) {
    throw new Error(
      `there is no commit ${name} here (${messageOf(error)}): a shallow clone gets it by git fetch --unshallow`,
    );
  }
}

function git(args: readonly string[]): Buffer {
  return execFileSync('git', ['-C', packageRoot(), ...args], {
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Packages that only tests and generators use do not count. */
function wantsOtherPackages(folder: string): boolean {
  const [own, wanted] = [packageRoot(), folder].map((each) => {
    const text = readFileSync(join(each, 'package.json'), 'utf8');
    return (JSON.parse(text) as { dependencies: Record<string, string> }).dependencies;
  }) as [Record<string, string>, Record<string, string>];
  return Object.entries(wanted).some(([name, version]) => own[name] !== version);
}
