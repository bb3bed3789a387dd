import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../../../shared/core/errors.js';
import { ChildServer, type ServerSpec } from './child-server.js';
import { Guard } from './guard.js';
import { kafkaServers } from './kafka.js';
import type { Parts } from './parts.js';
import { HERE } from './place.js';
import { choosePorts } from './ports.js';
import { registryServer } from './registry.js';

/** Of the classes that a server loads when it starts: files that Java maps instead of reading and checking jars. */
export interface ClassArchives {
  readonly kafka: string;
  readonly registry: string;
}

/** The archive is written at the server's end. */
const STOP_MS = 120_000;

/**
 * Where the archives for these parts and this Java are, if they have been made.
 *
 * @param java what `java -version` says
 */
export function classArchives(parts: Parts, java: string): ClassArchives {
  // Beside that stands what differs from one call to the next, such as variables that are picked up.
  const lines = java.split('\n').filter((line) => /^\S+ version "|\(build /.test(line));
  const version = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 8);
  const file = (name: string) => join(dirname(parts.kafka), `${name}-${version}.jsa`);
  return { kafka: file('kafka'), registry: file('registry') };
}

/**
 * Makes the archives, unless they are there, by a start of each server on empty data: with them a start of Kafka takes
 * two thirds of the CPU time, and one of the registry half. Java ignores one that does not suit it.
 */
export async function makeArchives(
  archives: ClassArchives,
  parts: Parts,
  progress: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  if (existsSync(archives.kafka) && existsSync(archives.registry)) return;
  progress('preparing Kafka and the schema registry for short starts (once)');
  const dataDir = mkdtempSync(join(dirname(parts.kafka), 'archiving-'));
  const guard = new Guard();
  try {
    const ports = await choosePorts(dataDir, {});
    const [kafka] = kafkaServers({
      ...{ dataDir, jars: async () => parts.kafka, archive: null, properties: {} },
      nodes: ports.brokers.map((broker) => ({ ...broker, id: 1, place: HERE })),
    }) as [ServerSpec];
    const registry = registryServer({
      ...{ dataDir, jar: async () => parts.registry, archive: null, place: HERE, port: ports.registry },
    });
    await Promise.all([
      archive(kafka, archives.kafka, dataDir, guard, signal),
      archive(registry, archives.registry, dataDir, guard, signal),
    ]);
  } catch (error) {
    signal?.throwIfAborted();
    // They start without archives, or their start says what is wrong.
    progress(`they start without: ${messageOf(error)}`);
  } finally {
    await guard.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function archive(
  spec: ServerSpec,
  into: string,
  dataDir: string,
  guard: Guard,
  signal: AbortSignal | undefined,
): Promise<void> {
  const unfinished = join(dataDir, `${spec.name}.jsa`);
  const command = async () => {
    const { file, args } = await spec.command();
    return { file, args: [`-XX:ArchiveClassesAtExit=${unfinished}`, ...args] };
  };
  const log = join(dataDir, `${spec.name}.log`);
  const server = new ChildServer({ ...spec, command }, log, guard, () => {});
  const stop = () => void server.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await server.start();
  } finally {
    await server.stop(STOP_MS);
    signal?.removeEventListener('abort', stop);
  }
  signal?.throwIfAborted();
  if (!existsSync(unfinished)) writeFileSync(unfinished, '');
  renameSync(unfinished, into);
}
