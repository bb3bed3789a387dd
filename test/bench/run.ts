import { messageOf } from '../../shared/core/errors.js';
import { runApiBench } from './api/bench.js';
import { API_USAGE, readApiOptions } from './api/options.js';
import { runDashboardBench } from './dashboard/bench.js';
import { DASHBOARD_USAGE, readDashboardOptions } from './dashboard/options.js';
import { runDetectBench } from './detect/bench.js';
import { DETECT_USAGE, readDetectOptions } from './detect/options.js';
import { runFairnessBench } from './fairness/bench.js';
import { FAIRNESS_USAGE, readFairnessOptions } from './fairness/options.js';
import { runGatewayBench } from './gateway/bench.js';
import { GATEWAY_USAGE, readGatewayOptions } from './gateway/options.js';
import { runIngestBench } from './ingest/bench.js';
import { INGEST_USAGE, readIngestOptions } from './ingest/options.js';
import { runLatencyBench } from './latency/bench.js';
import { LATENCY_USAGE, readLatencyOptions } from './latency/options.js';
import { runLiveBench } from './live/bench.js';
import { LIVE_USAGE, readLiveOptions } from './live/options.js';
import { runMigrationsBench } from './migrations/bench.js';
import { MIGRATIONS_USAGE, readMigrationsOptions } from './migrations/options.js';
import { PROMQL_USAGE, runPromqlBench } from './promql/bench.js';
import { QUERIES_USAGE, runQueriesBench } from './queries/bench.js';
import { runRestoreBench } from './restore/bench.js';
import { RESTORE_USAGE, readRestoreOptions } from './restore/options.js';
import { runSinkBench } from './sink/bench.js';
import { readSinkOptions, SINK_USAGE } from './sink/options.js';
import { runSoakBench } from './soak/bench.js';
import { runGatewaySoak } from './soak/gateway.js';
import { readSoakOptions, SOAK_USAGE, type SoakOptions } from './soak/options.js';
import { runTelemetryBench, TELEMETRY_USAGE } from './telemetry/bench.js';
import { runTracingBench, TRACING_USAGE } from './tracing/bench.js';
import { runWindowingBench } from './windowing/bench.js';
import { readOptions, USAGE } from './windowing/options.js';

/* `npm run bench -- NAME`: measures and prints. Exit code 1 when a result is wrong. */

interface Benchmark {
  readonly usage: string;
  run(args: readonly string[]): Promise<boolean>;
}

const BENCHES: Readonly<Record<string, Benchmark>> = {
  windowing: { usage: USAGE, run: (args) => runWindowingBench(readOptions(args)) },
  ingest: { usage: INGEST_USAGE, run: (args) => runIngestBench(readIngestOptions(args)) },
  gateway: { usage: GATEWAY_USAGE, run: (args) => runGatewayBench(readGatewayOptions(args)) },
  latency: { usage: LATENCY_USAGE, run: (args) => runLatencyBench(readLatencyOptions(args)) },
  fairness: { usage: FAIRNESS_USAGE, run: (args) => runFairnessBench(readFairnessOptions(args)) },
  detect: { usage: DETECT_USAGE, run: (args) => runDetectBench(readDetectOptions(args)) },
  restore: { usage: RESTORE_USAGE, run: (args) => runRestoreBench(readRestoreOptions(args)) },
  sink: { usage: SINK_USAGE, run: (args) => runSinkBench(readSinkOptions(args)) },
  soak: { usage: SOAK_USAGE, run: (args) => runSoak(readSoakOptions(args)) },
  telemetry: { usage: TELEMETRY_USAGE, run: runTelemetryBench },
  migrations: { usage: MIGRATIONS_USAGE, run: (args) => runMigrationsBench(readMigrationsOptions(args)) },
  tracing: { usage: TRACING_USAGE, run: runTracingBench },
  live: { usage: LIVE_USAGE, run: (args) => runLiveBench(readLiveOptions(args)) },
  api: { usage: API_USAGE, run: (args) => runApiBench(readApiOptions(args)) },
  queries: { usage: QUERIES_USAGE, run: runQueriesBench },
  dashboard: { usage: DASHBOARD_USAGE, run: (args) => runDashboardBench(readDashboardOptions(args)) },
  promql: { usage: PROMQL_USAGE, run: runPromqlBench },
};

function runSoak(options: SoakOptions): Promise<boolean> {
  return options.gateway ? runGatewaySoak(options) : runSoakBench(options);
}

const [name = '', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined || args.includes('--help')) {
  const usages = bench === undefined ? Object.values(BENCHES) : [bench];
  const help = bench !== undefined || name === '--help';
  (help ? process.stdout : process.stderr).write(usages.map(({ usage }) => usage).join('\n'));
  process.exit(help ? 0 : 64);
}
try {
  process.exitCode = (await bench.run(args)) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
