import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TactusError } from '../../../shared/core/errors.js';
import { ChildServer, type EmbeddedServer, type ServerSpec } from './child-server.js';
import { databaseServer, databaseUrl } from './database.js';
import { Guard } from './guard.js';
import { kafkaServer } from './kafka.js';
import { type DataLock, lockData } from './lock.js';
import { fetchParts, type Parts } from './parts.js';
import { choosePorts, type Ports } from './ports.js';
import { requireJava } from './prerequisites.js';
import { makePrivateFolder } from './private-files.js';
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
  /** Folder of the servers' log files. */
  readonly logs: string;
  /** The process that ends everything it watches when this process is killed. */
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
  const parts = () => fetchParts(progress, options.signal);
  if (wanted.some((name) => name !== 'database')) {
    await requireJava();
    await parts();
  }
  makePrivateFolder(dataDir, [...OWN_FILES, 'ports.json', 'lock', 'parts']);
  const guard = new Guard();
  let lock: DataLock | undefined;
  let servers: Record<ServerName, ChildServer> | undefined;
  const stop = async () => {
    await Promise.all(Object.values(servers ?? {}).map((server) => server.stop()));
    await guard.close();
    lock?.release();
    lock = undefined;
  };
  try {
    lock = await lockData(dataDir, guard.pid);
    options.signal?.throwIfAborted();
    if (options.fresh)
      for (const name of OWN_FILES) rmSync(join(dataDir, name), { recursive: true, force: true });
    const logs = join(dataDir, 'logs');
    mkdirSync(logs, { recursive: true });
    const ports = await choosePorts(dataDir, options.ports ?? {});
    servers = serversOf(dataDir, ports, parts, (spec) => {
      const died = options.onServerDied ?? (() => {});
      return new ChildServer(spec, join(logs, `${spec.name}.log`), guard, died);
    });
    await startAll(servers, wanted, progress, options.signal);
    return { env: environment(ports), servers, logs, guard, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function serversOf(
  dataDir: string,
  ports: Ports,
  parts: () => Promise<Parts>,
  child: (spec: ServerSpec) => ChildServer,
): Record<ServerName, ChildServer> {
  return {
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
}

/** Starts all; the first that fails, or `signal`, stops the others, and all have ended before it rejects. */
async function startAll(
  servers: Record<ServerName, ChildServer>,
  wanted: readonly ServerName[],
  progress: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const began = performance.now();
  const stopAll = () => void Promise.all(wanted.map((name) => servers[name].stop()));
  signal?.addEventListener('abort', stopAll, { once: true });
  progress(`starting ${wanted.join(', ')}`);
  let first: unknown;
  await Promise.all(
    wanted.map(async (name) => {
      try {
        await servers[name].start();
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        progress(`${name} answers on port ${servers[name].port} after ${seconds} s`);
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

function environment(ports: Ports): StackEnv {
  return {
    KAFKA_BROKERS: `127.0.0.1:${ports.kafka}`,
    SCHEMA_REGISTRY_URL: `http://127.0.0.1:${ports.registry}${REGISTRY_API}`,
    DATABASE_URL: databaseUrl(ports.database),
    REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
  };
}
