import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { ensureTopics } from '../../shared/adapters/kafka/admin/topics-admin.js';
import type { Config } from '../../shared/config/load.js';
import { TactusError } from '../../shared/core/errors.js';
import type { WorkerContext } from '../../shared/process/context.js';
import { runSink } from '../../shared/runners/sink-worker.js';
import type { StartWorker } from '../../shared/runners/worker.js';
import type { Sink } from './framework/sink.js';
import { SinkTelemetry, type Target } from './framework/telemetry.js';
import { parquet } from './parquet/sink.js';
import { redis } from './redis/sink.js';
import { timescale } from './timescale/sink.js';
import { webhook } from './webhook/sink.js';

const SINKS: Readonly<Record<Target, Sink>> = { timescale, redis, webhook, parquet };

/**
 * The `sink` worker: writes the stream's records to all configured targets, or to some of them.
 *
 * @param only comma-separated names of targets; undefined for all that are configured
 */
export function startSinks(only: string | undefined): StartWorker {
  return async (context) => {
    const names = selectTargets(only, context.config);
    await ensureTopics(context);
    const shared = { codecs: new Codecs(context), telemetry: new SinkTelemetry(context.metrics) };
    const stops = await Promise.all(names.map((name) => startTarget(name, { ...context, ...shared })));
    return async () => {
      await Promise.all(stops.map((stop) => stop()));
    };
  };
}

async function startTarget(name: Target, context: WorkerContext & Parameters<Sink['open']>[0]) {
  const sink = await SINKS[name].open(context);
  const stop = await runSink(context, { group: `sink-${name}`, handlers: sink.handlers });
  return async () => {
    await stop();
    await sink.close();
  };
}

/** @throws TactusError `TACTUS_CONFIG_INVALID` for an unknown name, or a target that is not configured. */
function selectTargets(only: string | undefined, config: Config): Target[] {
  const all = Object.keys(SINKS) as Target[];
  if (only === undefined) return all.filter((name) => SINKS[name].needs(config) === null);
  const names = only.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!all.includes(name as Target)) reject(only, `names out of ${all.join(', ')}`);
    const missing = SINKS[name as Target].needs(config);
    if (missing !== null) reject(only, `a sink whose target is set: ${missing} is not`);
  }
  return [...new Set(names as Target[])];
}

function reject(only: string, allowed: string): never {
  throw new TactusError('TACTUS_CONFIG_INVALID', `--only: must be ${allowed}: value was "${only}"`);
}
