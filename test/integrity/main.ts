import { messageOf } from '../../shared/core/errors.js';
import { alerting } from './detection/alerting.js';
import { anomaly } from './detection/anomaly.js';
import { GATEWAY, LONG, runGatewayIntegrity } from './gateway/gateway.js';
import { ingest } from './ingest/ingest.js';
import { type IntegrityOptions, readIntegrityOptions, usage } from './options.js';
import { PIPELINE, runPipeline } from './pipeline/pipeline.js';
import { runIntegrity } from './run.js';
import type { Scenario } from './scenario.js';
import { sink } from './sink/sink.js';
import { runWatermark, WATERMARK } from './watermark/watermark.js';
import { windowing } from './windowing.js';

/* `npm run test:integrity`: the long form of the integrity tests. Exit code 1 on any deviation. */

const SCENARIOS: readonly Scenario[] = [ingest, windowing, anomaly, alerting, sink];
const NAMES = [...SCENARIOS.map(({ name }) => name), WATERMARK, GATEWAY, PIPELINE];

const say = (line: string) => process.stdout.write(`${line}\n`);

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  let options: IntegrityOptions;
  try {
    options = readIntegrityOptions(args, NAMES);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${usage(NAMES)}`);
    return 78;
  }
  if (options.help) {
    process.stdout.write(usage(NAMES));
    return 0;
  }
  const { only, rounds, minutes, outageSeconds, inTime } = options;
  const { seed, rate, brokers } = options;
  const site = { seed, rate, brokers, say };
  const wanted = (name: string) => only.length === 0 || only.includes(name);
  let sound = true;
  for (const scenario of SCENARIOS)
    if (wanted(scenario.name)) sound = (await runIntegrity(scenario, { rounds, ...site })) && sound;
  if (wanted(WATERMARK)) {
    const watermark = { rounds, outageMs: outageSeconds * 1000, inTime, slowClock: true };
    sound = (await runWatermark({ ...watermark, ...site })) && sound;
  }
  if (wanted(GATEWAY)) sound = (await runGatewayIntegrity({ rounds, size: LONG, ...site })) && sound;
  if (wanted(PIPELINE)) {
    const pipeline = { seconds: minutes * 60, shortWindows: minutes < 3, ...site };
    sound = (await runPipeline(pipeline)) && sound;
  }
  return sound ? 0 : 1;
}
