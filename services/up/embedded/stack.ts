import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf, type TactusError } from '../../../shared/core/errors.js';
import { ChildServer, type EmbeddedServer, type ServerSpec } from './child-server.js';
import { databaseServer, databaseUrl } from './database.js';
import { Guard } from './guard.js';
import { kafkaServer } from './kafka.js';
import { lockData } from './lock.js';
import { fetchParts } from './parts.js';
import { choosePorts, type Ports } from './ports.js';
import { requireJava } from './prerequisites.js';
import { redisServer } from './redis.js';
import { REGISTRY_API, registryServer } from './registry.js';
import { SERVER_NAMES, type ServerName } from './server-name.js';

export type { EmbeddedServer } from './child-server.js';
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
  /** Told in words what is going on. */
  readonly progress?: (line: string) => void;
  /** Told when a running server ends without having been asked to; the stack does not start it again. */
  readonly onServerDied?: (error: TactusError) => void;
}

/** A running embedded stack. */
export interface EmbeddedStack {
  readonly env: StackEnv;
  readonly servers: Readonly<Record<ServerName, EmbeddedServer>>;
  /** Folder of the servers' log files. */
  readonly logs: string;
  /** The process that ends whatever it watches when this process is killed. */
  readonly guard: Guard;
  /** Stops all servers within some five seconds and frees the data folder; safe to repeat. */
  stop(): Promise<void>;
}

/** What a stack writes into its data folder, and `fresh` removes. */
const OWN_FILES = ['kafka', 'kafka.properties', 'registry', 'redis', 'database', 'logs', 'env'];

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
  const needsParts = wanted.some((name) => name !== 'database');
  if (needsParts) await requireJava();
  const parts = () => fetchParts(progress);
  if (needsParts) await parts();

  mkdirSync(dataDir, { recursive: true });
  const guard = new Guard();
  let release = () => {};
  let servers: Record<ServerName, ChildServer> | undefined;
  const stop = async () => {
    await Promise.all(Object.values(servers ?? {}).map((server) => server.stop()));
    await guard.close();
    release();
    release = () => {};
  };
  try {
    release = (await lockData(dataDir, guard.pid)).release;
    if (options.fresh)
      for (const name of OWN_FILES) rmSync(join(dataDir, name), { recursive: true, force: true });
    const logs = join(dataDir, 'logs');
    mkdirSync(logs, { recursive: true });
    const ports = await choosePorts(dataDir, options.ports ?? {});
    const child = (spec: ServerSpec) =>
      new ChildServer(spec, join(logs, `${spec.name}.log`), guard, options.onServerDied ?? (() => {}));
    servers = {
      kafka: child(
        kafkaServer({
          dataDir,
          jars: async () => (await parts()).kafka,
          port: ports.kafka,
          controllerPort: ports.kafkaController,
        }),
      ),
      registry: child(
        registryServer({ dataDir, jar: async () => (await parts()).registry, port: ports.registry }),
      ),
      redis: child(redisServer({ dataDir, binary: async () => (await parts()).redis, port: ports.redis })),
      database: child(databaseServer({ dataDir, port: ports.database })),
    };
    await startAll(servers, wanted, progress);
    return { env: environment(ports), servers, logs, guard, stop };
  } catch (error) {
    progress(`stopping: ${messageOf(error).split('\n')[0]}`);
    await stop();
    throw error;
  }
}

async function startAll(
  servers: Record<ServerName, ChildServer>,
  wanted: readonly ServerName[],
  progress: (line: string) => void,
): Promise<void> {
  const began = performance.now();
  progress(`starting ${wanted.join(', ')}`);
  await Promise.all(
    wanted.map(async (name) => {
      await servers[name].start();
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      progress(`${name} answers on port ${servers[name].port} after ${seconds} s`);
    }),
  );
}

function environment(ports: Ports): StackEnv {
  return {
    KAFKA_BROKERS: `127.0.0.1:${ports.kafka}`,
    SCHEMA_REGISTRY_URL: `http://127.0.0.1:${ports.registry}${REGISTRY_API}`,
    DATABASE_URL: databaseUrl(ports.database),
    REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
  };
}
