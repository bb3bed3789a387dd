import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openTracing } from '../../../shared/adapters/otel/open-tracing.js';
import { loadConfig } from '../../../shared/config/load.js';
import type { Clock } from '../../../shared/core/clock.js';
import { messageOf } from '../../../shared/core/errors.js';
import type { Tracing } from '../../../shared/ports/tracing.js';
import { median } from '../figures.js';
import type { Pair } from './cpu-time.js';
import { gatewayCost } from './gateway-cost.js';
import { windowingCost } from './windowing-cost.js';

export const TRACING_USAGE = `npm run bench -- tracing
  What tracing costs windowing and the gateway at the default sampling, in CPU time: with it and without it in turn, in one process, to a
  collector that does nothing. Needs no server.
`;

const GOAL_PERCENT = 2;

/** The cost of tracing in per cent of the CPU time without it. Wrong from 2 % on. */
export async function runTracingBench(): Promise<boolean> {
  const collector = await startCollector();
  const counts = { exported: 0, failed: 0, dropped: 0 };
  const open = (clock: Clock): Tracing =>
    openTracing({
      settings: { ...loadConfig({}).tracing, endpoint: collector.url },
      resource: { 'service.name': 'bench' },
      clock,
      count: (outcome, spans) => {
        counts[outcome] += spans;
      },
      warn: (reason) => process.stderr.write(`the collector does not take spans: ${reason}\n`),
    });
  let isWell = true;
  try {
    for (const [name, measure] of Object.entries({ windowing: windowingCost, gateway: gatewayCost })) {
      const before = counts.exported;
      const pairs = await measure(open);
      const percents = pairs.map(({ plainMs, tracedMs }) => 100 * (tracedMs / plainMs - 1));
      const sum = (of: (pair: Pair) => number) => pairs.reduce((all, pair) => all + of(pair), 0);
      const [plainMs, tracedMs] = [sum((pair) => pair.plainMs), sum((pair) => pair.tracedMs)];
      const percent = 100 * (tracedMs / plainMs - 1);
      process.stdout.write(
        `${name.padEnd(9)} ${percent.toFixed(2)} % of ${(plainMs / 1_000).toFixed(1)} s; ${pairs.length} rounds, median ${median(percents).toFixed(2)} %; ${counts.exported - before} spans\n`,
      );
      isWell &&= percent < GOAL_PERCENT && counts.exported > before;
    }
  } finally {
    collector.stop();
  }
  process.stdout.write(`the goal is less than ${GOAL_PERCENT} %\n`);
  return isWell && counts.failed + counts.dropped === 0;
}

/** In a process of its own, whose CPU time is not counted. */
async function startCollector(): Promise<{ readonly url: string; stop(): void }> {
  const program = `const server = require('node:http').createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(200).end());
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
  process.stdin.resume().once('end', () => process.exit(0));`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data').catch((error: unknown) => {
    throw new Error(`the collector did not start: ${messageOf(error)}`);
  })) as [Buffer];
  return { url: `http://127.0.0.1:${String(port).trim()}`, stop: () => child.stdin.end() };
}
