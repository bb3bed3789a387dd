import { hostname } from 'node:os';
import type { Registry } from 'prom-client';
import { spanCounter } from '../adapters/otel/tracing-telemetry.js';
import { debugToken } from '../config/debug-token.js';
import { type Config, loadConfig } from '../config/load.js';
import { redactor } from '../config/secrets.js';
import { type Millis, systemClock } from '../core/clock.js';
import { type ErrorCode, messageOf, TactusError } from '../core/errors.js';
import { packageVersion } from '../files/package-root.js';
import type { Tracing } from '../ports/tracing.js';
import type { WorkerContext } from '../process/context.js';
import { debugRoutes } from '../process/debug-routes.js';
import { EXIT } from '../process/exit-codes.js';
import { flowTelemetry } from '../process/flow-telemetry.js';
import { Health } from '../process/health.js';
import { LOOK_EVERY_MS } from '../process/liveness.js';
import { createLogger, type Logger, LogLevel } from '../process/logger.js';
import { watchLoop } from '../process/loop-watchdog.js';
import { logTelemetry, workerRegistry } from '../process/process-metrics.js';
import { serveStatus, statusUrl } from '../process/status-server.js';

/** Starts a worker; resolves when it runs, with a function that drains and stops it. */
export type StartWorker = (context: WorkerContext) => Promise<() => Promise<void>>;

/**
 * Runs one worker until SIGTERM or SIGINT: configuration, logs, status server, start, drain.
 * Resolves with the exit code: 0 after an orderly stop, 78 for a bad configuration, topic or login, 1 otherwise.
 *
 * @param loopStuckAfterMs how long the event loop may have no turn before the process is ended; default `TACTUS_STUCK_AFTER_MS`
 */
export async function runWorker(
  name: string,
  start: StartWorker,
  loopStuckAfterMs?: Millis,
): Promise<number> {
  let config: Config;
  try {
    config = loadConfig();
  } catch (error) {
    process.stderr.write(`tactus ${name}: ${messageOf(error)}\n`);
    return EXIT.config;
  }
  const redact = redactor(config);
  const health = new Health(redact, config.shutdown.stuckAfterMs);
  const metrics = workerRegistry(name, config.build.commit, config.cost);
  const level = new LogLevel(config.log.level);
  const log = createLogger(name, level.name, { redact, level, leftOut: logTelemetry(metrics) });
  process.on('SIGUSR2', () =>
    level.change(level.name === config.log.level ? 'debug' : config.log.level, 'SIGUSR2', log),
  );

  const stop = new AbortController();
  let failure: unknown;
  const tracing = await tracingOf(name, config, log, metrics);
  const context: WorkerContext = {
    ...(tracing !== null && { tracing }),
    name,
    config,
    log,
    clock: systemClock,
    metrics,
    health,
    stopping: stop.signal,
    fail: (error) => {
      if (stop.signal.aborted) return;
      failure = error;
      log.fatal({ error }, `${name} fails: ${messageOf(error)}`);
      health.fail(messageOf(error));
      stop.abort();
    },
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // Not `once`: npm repeats a Ctrl-C that the terminal has sent to this process as well.
    process.on(signal, () => {
      if (!stop.signal.aborted) log.info({ signal }, 'stopping');
      stop.abort();
    });
  }

  health.block('start', `${name} is starting`);
  try {
    const { metricsHost: host, metricsPort } = config.http;
    const token = debugToken(config);
    const status = await serveStatus(
      { host, port: metricsPort },
      metrics,
      health,
      debugRoutes(token, level, log),
    ).catch(cannotListen(config));
    log.info({ port: status.port }, `status on ${statusUrl({ host, port: status.port })}/metrics`);
    watchProgress(health, metrics, log);
    watchLoop(name, loopStuckAfterMs ?? config.shutdown.stuckAfterMs, log);
    const drain = await untilAborted(start(context), stop.signal);
    health.clear('start');
    health.started();
    if (drain !== null) {
      log.info(`${name} is running`);
      await aborted(stop.signal);
      await withDeadline(drain(), config.shutdown.drainTimeoutMs, log);
    }
    if (tracing !== null)
      await withDeadline(tracing.close(), CLOSE_TRACING_MS, log, 'the last spans are lost');
    await status.close();
  } catch (error) {
    if (!stop.signal.aborted || isMisconfigured(error)) failure = error;
    log.fatal({ error }, `${name} failed: ${messageOf(error)}`);
  }
  if (failure === undefined) return EXIT.done;
  if (!isMisconfigured(failure)) return EXIT.found;
  process.stderr.write(`tactus ${name}: ${redact(messageOf(failure))}\n`);
  return EXIT.config;
}

/** Spans that the collector does not take in this time are given up. */
const CLOSE_TRACING_MS = 2_000;

/** Where tracing is off, nothing of it is loaded. */
async function tracingOf(
  name: string,
  { tracing: settings, kafka }: Config,
  log: Logger,
  metrics: Registry,
): Promise<Tracing | null> {
  if (settings.exporter === 'off') return null;
  const { openTracing } = await import('../adapters/otel/open-tracing.js');
  return openTracing({
    settings,
    resource: {
      'service.name': `tactus-${name}`,
      'service.version': packageVersion(),
      'service.instance.id': kafka.instanceId === '' ? `${hostname()}-${process.pid}` : kafka.instanceId,
    },
    clock: systemClock,
    count: spanCounter(metrics),
    warn: (reason) => log.warn(`the collector does not take spans, which are lost: ${reason}`),
  });
}

/** Looks whether work goes on, for as long as the process lives. */
function watchProgress(health: Health, metrics: Registry, log: Logger): void {
  let before = performance.now();
  let known = 0;
  setInterval(() => {
    const now = performance.now();
    const stopped = health.look(now - before);
    before = now;
    if (stopped.length > known) {
      log.error({ stopped }, `not alive any more: ${stopped.join('; ')}`);
      flowTelemetry(metrics).failed('processing', 'stuck');
    }
    known = stopped.length;
  }, LOOK_EVERY_MS).unref();
}

const MISCONFIGURED: readonly ErrorCode[] = [
  'TACTUS_CONFIG_INVALID',
  'TACTUS_TOPIC_MISMATCH',
  'TACTUS_ACCESS_REFUSED',
];

/** Starting again would change nothing until somebody has changed the configuration, a topic or an access right. */
function isMisconfigured(error: unknown): boolean {
  return error instanceof TactusError && MISCONFIGURED.includes(error.code);
}

/** An address that cannot be had is a configuration error: two workers on one machine need different ports. */
function cannotListen({ http }: Config): (error: unknown) => never {
  return (error) => {
    const { code } = error as { code?: string };
    if (code === 'EADDRINUSE')
      throw new TactusError(
        'TACTUS_CONFIG_INVALID',
        `METRICS_PORT (http.metricsPort: must be a port that is free, or 0 for any: value was ${http.metricsPort}, which another process listens on)`,
      );
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new TactusError(
        'TACTUS_CONFIG_INVALID',
        `METRICS_HOST (http.metricsHost: must be an address of this machine: value was "${http.metricsHost}")`,
      );
    throw error;
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Null when the process was asked to stop before the worker had started. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  const stopped = aborted(signal).then(() => null);
  return await Promise.race([work, stopped]);
}

async function withDeadline(
  work: Promise<void>,
  ms: number,
  log: Logger,
  late = 'did not drain in time: the next owner repeats what is not committed',
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  if ((await Promise.race([work, deadline])) === 'late') log.warn({ ms }, late);
  clearTimeout(timer);
}
