import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TactusError } from '../../../shared/core/errors.js';
import { ChildServer, type EmbeddedServer, type ServerSpec } from './child-server.js';
import { type ClassArchives, classArchives, makeArchives } from './class-archives.js';
import { databaseServer, databaseUrl } from './database.js';
import { Guard } from './guard.js';
import { brokerName, type KafkaProperties, kafkaFiles, kafkaServers } from './kafka.js';
import { type DataLock, lockData } from './lock.js';
import { fetchParts, type Parts } from './parts.js';
import { HERE, type Place } from './place.js';
import { choosePorts, type Ports } from './ports.js';
import { requireJava } from './prerequisites.js';
import { makePrivateFolder } from './private-files.js';
import { redisServer } from './redis.js';
import { REGISTRY_API, registryServer } from './registry.js';
import { SERVER_NAMES, type ServerName } from './server-name.js';

export type { EmbeddedServer } from './child-server.js';
export type { Place } from './place.js';
export type { ServerName } from './server-name.js';

/** The four addresses that a worker needs, as its environment. */
export interface StackEnv {
  readonly KAFKA_BROKERS: string;
  readonly SCHEMA_REGISTRY_URL: string;
  readonly DATABASE_URL: string;
  readonly REDIS_URL: string;
}

export interface StackOptions {
  /** Everything that is kept: data, logs, ports. Two stacks never share one. */
  readonly dataDir: string;
  /** Ports that must be these; the others are chosen and remembered. */
  readonly ports?: Partial<Ports>;
  /** Forget the data of earlier runs first. */
  readonly fresh?: boolean;
  /** Start only these; the others have their port and can be started later. */
  readonly only?: readonly ServerName[];
  /** Where servers run, by the names of their log files (`kafka`, `kafka-2`, `registry`, ...); here by default. */
  readonly places?: Readonly<Record<string, Place>>;
  /** Brokers of Kafka, 1 by default; as many as the data were made with. */
  readonly brokers?: number;
  /** Settings of every broker on top of ours. */
  readonly kafka?: KafkaProperties;
  /** Make what shortens further starts of Kafka and the registry first, which takes 10 s, once; false by default. */
  readonly prepare?: boolean;
  /** Called with progress as text. */
  readonly progress?: (line: string) => void;
  /** Called when a running server ends unexpectedly; the stack does not start it again. */
  readonly onServerDied?: (error: TactusError) => void;
  /** Stops the start: what runs already is ended, and the start rejects. */
  readonly signal?: AbortSignal;
}

/** A running embedded stack. */
export interface EmbeddedStack {
  readonly env: StackEnv;
  readonly servers: Readonly<Record<ServerName, EmbeddedServer>>;
  /** All brokers of Kafka, with their ids from 1 on; the first is `servers.kafka`. */
  readonly brokers: readonly EmbeddedServer[];
  /** Folder of the servers' log files. */
  readonly logs: string;
  /** Files that may be there, which Java starts faster with; null where it is not started. */
  readonly archives: ClassArchives | null;
  /** The process that ends everything it watches when this process is killed. */
  readonly guard: Guard;
  /** Stops all servers within some five seconds and frees the data folder; safe to repeat. */
  stop(): Promise<void>;
}

/** What a stack writes into its data folder, and `fresh` removes; the files of Kafka besides. */
const OWN_FILES = ['registry', 'redis', 'database', 'logs', 'env', 'keys-secret', 'member-secret', 'api-key'];

/**
 * Starts Kafka, the schema registry, Redis and the database side by side and resolves when each has
 * answered a real request. When one does not start, the others are stopped again.
 *
 * @throws TactusError `TACTUS_PREREQUISITE_MISSING` or `TACTUS_EMBEDDED_FAILED`.
 */
export async function startStack(options: StackOptions): Promise<EmbeddedStack> {
  const dataDir = resolve(options.dataDir);
  const progress = options.progress ?? (() => {});
  const wanted = options.only ?? SERVER_NAMES;
  const parts = () => fetchParts(progress, options.signal);
  let archives: ClassArchives | null = null;
  if (wanted.some((name) => name !== 'database')) {
    const java = await requireJava();
    const found = await parts();
    archives = classArchives(found, java);
    if (options.prepare) await makeArchives(archives, found, progress, options.signal);
  }
  const { brokers = 1 } = options;
  const own = [...kafkaFiles(brokers), ...OWN_FILES];
  makePrivateFolder(dataDir, [...own, 'ports.json', 'lock', 'parts']);
  const guard = new Guard();
  let lock: DataLock | undefined;
  let all: readonly ChildServer[] = [];
  const stop = async () => {
    await Promise.all(all.map((server) => server.stop()));
    await guard.close();
    lock?.release();
    lock = undefined;
  };
  try {
    lock = await lockData(dataDir, guard.pid);
    options.signal?.throwIfAborted();
    if (options.fresh) for (const name of own) rmSync(join(dataDir, name), { recursive: true, force: true });
    const logs = join(dataDir, 'logs');
    mkdirSync(logs, { recursive: true });
    const ports = await choosePorts(dataDir, options.ports ?? {}, brokers);
    const placeOf = (server: string) => options.places?.[server] ?? HERE;
    const specs = specsOf(dataDir, ports, options.kafka ?? {}, parts, archives, placeOf);
    const child = (spec: ServerSpec) => {
      const died = options.onServerDied ?? (() => {});
      return new ChildServer(spec, join(logs, `${spec.name}.log`), guard, died);
    };
    const kafka = specs.kafka.map(child) as [ChildServer, ...ChildServer[]];
    const [registry, redis, database] = [child(specs.registry), child(specs.redis), child(specs.database)];
    all = [...kafka, registry, redis, database];
    const servers = { kafka: kafka[0], registry, redis, database };
    const starting = wanted.flatMap((name) => (name === 'kafka' ? kafka : [servers[name]]));
    await startAll(starting, progress, options.signal);
    return { env: environment(kafka, servers), servers, brokers: kafka, logs, archives, guard, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function specsOf(
  dataDir: string,
  ports: Awaited<ReturnType<typeof choosePorts>>,
  properties: KafkaProperties,
  parts: () => Promise<Parts>,
  archives: ClassArchives | null,
  placeOf: (server: string) => Place,
): Record<Exclude<ServerName, 'kafka'>, ServerSpec> & { kafka: ServerSpec[] } {
  const nodes = ports.brokers.map((broker, i) => ({
    ...{ ...broker, id: i + 1 },
    place: placeOf(brokerName(i + 1)),
  }));
  const at = (name: ServerName) => ({ dataDir, place: placeOf(name), port: ports[name] });
  return {
    kafka: kafkaServers({
      ...{ dataDir, jars: async () => (await parts()).kafka, archive: archives?.kafka ?? null },
      ...{ nodes, properties },
    }),
    registry: registryServer({
      ...{
        ...at('registry'),
        jar: async () => (await parts()).registry,
        archive: archives?.registry ?? null,
      },
    }),
    redis: redisServer({ ...at('redis'), binary: async () => (await parts()).redis }),
    database: databaseServer(at('database')),
  };
}

/** Starts all; the first that fails, or `signal`, stops the others, and all have ended before it rejects. */
async function startAll(
  servers: readonly ChildServer[],
  progress: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const began = performance.now();
  const stopAll = () => void Promise.all(servers.map((server) => server.stop()));
  signal?.addEventListener('abort', stopAll, { once: true });
  progress(`starting ${servers.map(({ spec }) => spec.name).join(', ')}`);
  let first: unknown;
  await Promise.all(
    servers.map(async (server) => {
      try {
        await server.start();
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        progress(`${server.spec.name} answers on port ${server.port} after ${seconds} s`);
      } catch (error) {
        first ??= error;
        stopAll();
      }
    }),
  );
  signal?.removeEventListener('abort', stopAll);
  if (first !== undefined) throw first;
  signal?.throwIfAborted();
}

function environment(
  brokers: readonly EmbeddedServer[],
  { registry, redis, database }: Record<Exclude<ServerName, 'kafka'>, EmbeddedServer>,
): StackEnv {
  return {
    KAFKA_BROKERS: brokers.map(addressOf).join(','),
    SCHEMA_REGISTRY_URL: `http://${addressOf(registry)}${REGISTRY_API}`,
    DATABASE_URL: databaseUrl(database.host, database.port),
    REDIS_URL: `redis://${addressOf(redis)}`,
  };
}

function addressOf({ host, port }: EmbeddedServer): string {
  return `${host}:${port}`;
}
