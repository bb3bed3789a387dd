import { messageOf } from '../../shared/core/errors.js';
import { runDetectBench } from './detect/bench.js';
import { DETECT_USAGE, readDetectOptions } from './detect/options.js';
import { runIngestBench } from './ingest/bench.js';
import { INGEST_USAGE, readIngestOptions } from './ingest/options.js';
import { runLatencyBench } from './latency/bench.js';
import { LATENCY_USAGE, readLatencyOptions } from './latency/options.js';
import { QUERIES_USAGE, runQueriesBench } from './queries/bench.js';
import { runRestoreBench } from './restore/bench.js';
import { RESTORE_USAGE, readRestoreOptions } from './restore/options.js';
import { runSinkBench } from './sink/bench.js';
import { readSinkOptions, SINK_USAGE } from './sink/options.js';
import { runWindowingBench } from './windowing/bench.js';
import { readOptions, USAGE } from './windowing/options.js';

/* `npm run bench -- NAME`: measures and prints. Exit code 1 when a result is wrong. */

const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = {
  windowing: (args) => runWindowingBench(readOptions(args)),
  ingest: (args) => runIngestBench(readIngestOptions(args)),
  latency: (args) => runLatencyBench(readLatencyOptions(args)),
  detect: (args) => runDetectBench(readDetectOptions(args)),
  restore: (args) => runRestoreBench(readRestoreOptions(args)),
  sink: (args) => runSinkBench(readSinkOptions(args)),
  queries: runQueriesBench,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  process.stderr.write(
    `${USAGE}\n${INGEST_USAGE}\n${LATENCY_USAGE}\n${SINK_USAGE}\n${QUERIES_USAGE}\n${DETECT_USAGE}\n${RESTORE_USAGE}`,
  );
  process.exit(64);
}
try {
  process.exitCode = (await bench(args)) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
