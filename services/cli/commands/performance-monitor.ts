import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { TactusError } from '../../../shared/core/errors.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { adviceOf } from '../../monitor/advice.js';
import { figuresOf, type Look } from '../../monitor/figures.js';
import { readTargets, type Target, targetOf, UP_TARGETS } from '../../monitor/targets.js';
import { watch } from '../../monitor/watch.js';
import { running } from '../program/action.js';
import { secondsOrDuration } from '../program/arguments.js';
import { help, jsonOption } from '../program/options.js';
import { say, sayJson } from '../program/output.js';
import { costText, performanceTable } from '../text/performance.js';

interface MonitorOptions {
  readonly duration: number;
  readonly every: number;
  readonly targets: string;
  readonly json: boolean;
}

/** `tactus performance-monitor`. */
export function addPerformanceMonitor(program: Command): void {
  const command = program
    .command('performance-monitor')
    .description('watch the CPU, event loop, memory, lag and cost of all workers, and say what to do')
    .argument('[address...]', 'status servers of workers, HOST:PORT; by default those of --targets')
    .option('--duration <seconds>', 'how long, in seconds or as 5m', secondsOrDuration, 300_000)
    .option('--every <seconds>', 'how often they are asked', secondsOrDuration, 5_000)
    .option('--targets <file>', 'list of workers as Prometheus has it in file_sd_configs (JSON)', UP_TARGETS);
  jsonOption(command).action(running('performance-monitor', [], monitor));
  help(command, {
    details: `
\`tactus up\` writes its workers to ${UP_TARGETS}. What happens meanwhile goes to stderr; Ctrl-C ends it early, with the
figures by then. CPU is in CPUs of which a worker, which is one thread, can use about one; the event loop is the longest 99th
percentile of an interval. The cost is that of CPU and memory by TACTUS_PRICE_CPU_HOUR_USD and TACTUS_PRICE_MEMORY_GB_HOUR_USD.`,
    found: 'no worker answered',
    examples: [
      'tactus performance-monitor --duration 300',
      'tactus performance-monitor 10.0.0.7:9464 10.0.0.8:9464 --json',
    ],
  });
}

async function monitor(
  { config, stopping }: CommandContext,
  addresses: readonly string[],
  { duration, every, targets: file, json }: MonitorOptions,
): Promise<number> {
  const targets = targetsOf(addresses, file);
  const figures = (looks: ReadonlyMap<Target, readonly Look[]>) =>
    targets.map((target) => figuresOf(target, looks.get(target) ?? [], config.cost));
  const looks = await watch({
    ...{ targets, durationMs: duration, everyMs: Math.min(every, duration), signal: stopping },
    progress(elapsedMs, soFar) {
      const now = figures(soFar);
      const [busiest] = [...now].sort((a, b) => b.cpu - a.cpu);
      const answering = now.filter(({ seconds, silent }) => seconds > 0 || silent === 0).length;
      process.stderr.write(
        `${Math.round(elapsedMs / 1_000)} of ${duration / 1_000} s: ${answering} of ${targets.length} workers answer; busiest ${busiest?.worker ?? 'none'}, ${(busiest?.cpu ?? 0).toFixed(2)} CPUs\n`,
      );
    },
  });
  const workers = figures(looks);
  const advice = adviceOf(workers);
  if (json) sayJson({ seconds: duration / 1_000, prices: config.cost, workers, advice });
  else for (const line of [...performanceTable(workers), '', ...costText(workers), '', ...advice]) say(line);
  return workers.some(({ seconds }) => seconds > 0) ? EXIT.done : EXIT.found;
}

function targetsOf(addresses: readonly string[], file: string): Target[] {
  if (addresses.length > 0) return addresses.map(targetOf);
  if (!existsSync(file))
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      `there is no ${file}: name the addresses of workers, start \`tactus up\`, or use --targets`,
    );
  return readTargets(file);
}
