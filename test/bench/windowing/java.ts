import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../../shared/files/package-root.js';
import { Child } from './child.js';

const run = promisify(execFile);

/** The throughput collector suits a program that is measured by its throughput. */
const JVM = ['-Xmx1g', '-XX:+UseParallelGC', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];

/** Builds the Java programs with Maven, once per state of their sources; gives the class path. */
export async function buildJava(progress: (line: string) => void): Promise<string> {
  const source = join(packageRoot(), 'test', 'bench', 'streams');
  const hash = createHash('sha256').update(readFileSync(join(source, 'pom.xml')));
  const code = join(source, 'src', 'main', 'java', 'bench');
  for (const name of readdirSync(code).sort()) hash.update(name).update(readFileSync(join(code, name)));
  const parent = join(packageRoot(), '.tactus', 'bench');
  const folder = join(parent, `java-${hash.digest('hex').slice(0, 16)}`);
  if (!existsSync(folder)) {
    mkdirSync(parent, { recursive: true });
    for (const old of readdirSync(parent))
      if (old.startsWith('java-')) rmSync(join(parent, old), { recursive: true, force: true });
    const unfinished = mkdtempSync(join(parent, 'building-'));
    try {
      progress('building the Java programs with Maven');
      await run('mvn', ['-B', '-q', '-f', join(source, 'pom.xml'), `-Dbench.build=${unfinished}`, 'compile']);
      renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return `${join(folder, 'classes')}:${join(folder, 'lib', '*')}`;
}

/** Starts a Java program; `settings` become arguments of the form name=value. */
export function startJava(
  classPath: string,
  name: string,
  settings: Readonly<Record<string, string | number | boolean>>,
): Child {
  const args = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return new Child(name, 'java', [...JVM, '-cp', classPath, `bench.${name}`, ...args]);
}
