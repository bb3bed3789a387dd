import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfig } from '../../shared/config/load.js';
import { messageOf, TactusError } from '../../shared/core/errors.js';
import { packageRoot } from '../../shared/files/package-root.js';
import { writePrivateFile } from '../../shared/files/private-file.js';
import { EXIT } from '../../shared/process/exit-codes.js';
import { edgeAddresses } from './edge-address.js';
import { freePort } from './embedded/ports.js';
import { type EmbeddedStack, startStack } from './embedded/stack.js';
import { envText } from './env-text.js';
import { localKey, ownSecrets } from './local-key.js';
import { loginHint } from './login-link.js';
import { monitor } from './monitor.js';
import { ownCommit } from './own-commit.js';
import { setUp } from './set-up.js';
import { Terminal } from './terminal.js';
import { untilReady } from './until-ready.js';
import { WorkerProcess } from './worker-process.js';

/** Options of `tactus up`, as the command line names them. */
export interface UpOptions {
  readonly data: string;
  readonly infraOnly?: boolean;
  readonly fresh?: boolean;
  readonly collector: boolean;
  readonly kafkaPort?: number;
  readonly registryPort?: number;
  readonly redisPort?: number;
  readonly databasePort?: number;
}

/** What `up` starts besides servers: it knows neither the command line nor its workers by itself. */
export interface UpPrograms {
  /** The script of the command line, run for set-up commands and workers. */
  readonly program: string;
  /** Names of the workers, in the order of a point's way. */
  readonly workers: readonly string[];
}

/** What single workers get, by their names. */
type WorkerEnv = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What suits one machine, whatever TACTUS_ENV says; variables that are set win. */
const OWN_DEFAULTS = {
  /** Less than workers have by themselves, so that all of it ends within ten seconds. */
  TACTUS_DRAIN_TIMEOUT_MS: '4000',
  /** The embedded Kafka is a single broker. */
  TACTUS_REPLICATION_FACTOR: '-1',
  TACTUS_MIN_INSYNC_REPLICAS: '-1',
  /** With 16, workers that have nothing to do take half as much CPU again, and Kafka twice the memory. */
  TACTUS_PARTITIONS: '4',
  /** What a killed worker has open is aborted when it is started again, and not when it has timed out. */
  TACTUS_INSTANCE_ID: 'up',
};

/**
 * Starts the embedded servers and, unless `infraOnly`, every worker; shows what happens until a
 * signal or a server's end stops it all in order: workers first, then servers.
 *
 * @returns the exit code: 0 after a signal, 1 when something failed, 78 for a bad configuration.
 */
export async function up(options: UpOptions, programs: UpPrograms): Promise<number> {
  const { metricsHost } = loadConfig().http;
  const terminal = new Terminal(process.stdout);
  const stop = new AbortController();
  let failure: unknown;
  const fail = (error: unknown) => {
    if (stop.signal.aborted) return;
    failure = error;
    stop.abort();
  };
  // The reader of this output is gone (a closed terminal, `| head`): nothing needs the servers any more.
  process.stdout.on('error', () => stop.abort());
  // More than once, because npm passes on what the terminal has sent already.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());

  let stack: EmbeddedStack | undefined;
  const workers: WorkerProcess[] = [];
  try {
    stack = await start(options, terminal, stop.signal, fail);
    const dataDir = resolve(options.data);
    const addresses = { ...stack.env, ...ownSecrets(dataDir, process.env) };
    const commit = await ownCommit(packageRoot());
    const env = { ...OWN_DEFAULTS, TACTUS_BUILD_COMMIT: commit, ...process.env, ...addresses };
    const file = writeEnv(dataDir, addresses);
    if (options.infraOnly) {
      tellAddresses(terminal, addresses, stack.logs, file);
      await aborted(stop.signal);
    } else {
      const [key] = await Promise.all([
        localKey(dataDir, programs.program, env, stack.guard, stop.signal),
        setUp(programs.program, env, stack.guard, stop.signal, (line) => progress(terminal, line)),
      ]);
      if (!stop.signal.aborted) {
        const { gateway, api } = await edgeAddresses(env);
        const own: WorkerEnv = {
          gateway: { HTTP_PORT: `${gateway.port}` },
          api: {
            HTTP_PORT: `${api.port}`,
            TACTUS_API_GATEWAY_URL: process.env.TACTUS_API_GATEWAY_URL ?? gateway.url,
          },
        };
        workers.push(
          ...(await startWorkers(programs, options, { env, own, metricsHost }, stack, terminal, fail)),
        );
        writeTargets(dataDir, workers);
        terminal.say(`addresses in ${file}, logs in ${stack.logs}`);
        for (const { name, url } of workers) terminal.say(`  ${name.padEnd(10)} ${url}/metrics`);
        // Only when they are ready: who waits for an address in the file sends, or asks, at once.
        const clients: Record<string, string> = {};
        const open = async (name: 'gateway' | 'api', variables: Record<string, string>, hint: string) => {
          if (!(await untilReady(workers, name, stop.signal))) return;
          Object.assign(clients, variables);
          writeEnv(dataDir, { ...addresses, ...clients, TACTUS_API_KEY: key });
          terminal.say(hint);
        };
        const { guard } = stack;
        void Promise.all([
          open(
            'gateway',
            { TACTUS_GATEWAY_URL: gateway.url },
            `send points to ${gateway.url}, with the key in that file`,
          ),
          open(
            'api',
            { TACTUS_API_URL: api.url },
            `dashboard at ${api.url}; ask there with the same key: ${api.url}/docs`,
          ).then(async () => {
            if (stop.signal.aborted) return;
            terminal.say(await loginHint(api.url, terminal.isTty, programs.program, env, guard, stop.signal));
          }),
        ]).catch(fail);
        terminal.say('running; Ctrl-C stops everything');
        await monitor(workers, terminal, stop.signal);
      }
    }
  } catch (error) {
    // A failure while stopping is none.
    if (!stop.signal.aborted) failure = error;
    stop.abort();
  }
  terminal.end();
  if (failure !== undefined) process.stderr.write(`tactus up: ${messageOf(failure)}\n`);
  if (stack !== undefined) {
    terminal.say('stopping');
    await Promise.all(workers.map((worker) => worker.stop()));
    await stack.stop();
    terminal.say('stopped');
  }
  if (failure === undefined) return 0;
  return failure instanceof TactusError && failure.code === 'TACTUS_CONFIG_INVALID' ? EXIT.config : 1;
}

async function start(
  options: UpOptions,
  terminal: Terminal,
  signal: AbortSignal,
  fail: (error: unknown) => void,
): Promise<EmbeddedStack> {
  const ports = {
    ...(options.kafkaPort === undefined ? {} : { kafka: options.kafkaPort }),
    ...(options.registryPort === undefined ? {} : { registry: options.registryPort }),
    ...(options.redisPort === undefined ? {} : { redis: options.redisPort }),
    ...(options.databasePort === undefined ? {} : { database: options.databasePort }),
  };
  return await startStack({
    dataDir: options.data,
    ports,
    fresh: options.fresh === true,
    signal,
    progress: (line) => progress(terminal, line),
    onServerDied: fail,
  });
}

function progress(terminal: Terminal, line: string): void {
  terminal.say(line);
  terminal.spin('working');
}

/** Addresses and what else workers and clients need that are started by hand, as a dotenv file. */
function writeEnv(dataDir: string, values: Readonly<Record<string, string>>): string {
  const file = join(dataDir, 'env');
  writePrivateFile(file, envText(values));
  return file;
}

/** The workers' status servers as Prometheus lists targets (`file_sd_configs`); `performance-monitor` reads it too. */
function writeTargets(dataDir: string, workers: readonly WorkerProcess[]): void {
  const targets = workers.map(({ name, url }) => ({
    targets: [new URL(url).host],
    labels: { worker: name },
  }));
  writePrivateFile(join(dataDir, 'workers.json'), `${JSON.stringify(targets, null, 2)}\n`);
}

function tellAddresses(
  terminal: Terminal,
  addresses: Readonly<Record<string, string>>,
  logs: string,
  file: string,
): void {
  terminal.live([]);
  for (const [key, value] of Object.entries(addresses)) terminal.say(`${key}=${value}`);
  terminal.say(`logs in ${logs}`);
  terminal.say(
    `the addresses are in ${file}; for example: set -a; . ${file}; METRICS_PORT=0 npx tactus windowing`,
  );
  terminal.say('running; Ctrl-C stops everything');
}

async function startWorkers(
  programs: UpPrograms,
  options: UpOptions,
  {
    env,
    own,
    metricsHost,
  }: { readonly env: NodeJS.ProcessEnv; readonly own: WorkerEnv; readonly metricsHost: string },
  stack: EmbeddedStack,
  terminal: Terminal,
  fail: (error: unknown) => void,
): Promise<WorkerProcess[]> {
  const { program, workers: names } = programs;
  const taken = new Set<number>();
  mkdirSync(stack.logs, { recursive: true });
  const workers: WorkerProcess[] = [];
  for (const name of names.filter((one) => one !== 'collector' || options.collector)) {
    const port = await freePort(taken);
    taken.add(port);
    const others = workers.map(({ url }) => url);
    workers.push(
      new WorkerProcess({
        name,
        program,
        env: {
          ...(name === 'collector' && { TACTUS_COLLECTOR_WORKERS: others.join(',') }),
          ...env,
          ...own[name],
        },
        address: { host: metricsHost, port },
        logFile: join(stack.logs, `${name}.log`),
        guard: stack.guard,
        say: (line) => terminal.say(line),
        refused: (_, logFile) =>
          fail(new TactusError('TACTUS_CONFIG_INVALID', `${name} refuses its configuration, see ${logFile}`)),
      }),
    );
  }
  return workers;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener('abort', () => done(), { once: true }));
}
