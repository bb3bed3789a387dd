import { pino } from 'pino';
import { loadConfig } from '../../../shared/config/load.js';
import { type Redact, redactor } from '../../../shared/config/secrets.js';
import type { Millis } from '../../../shared/core/clock.js';
import { messageOf } from '../../../shared/core/errors.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { Health } from '../../../shared/process/health.js';
import type { Logger } from '../../../shared/process/logger.js';
import { sleep, untilItWorks } from '../../../shared/process/wait.js';
import { exitCodeOf, stackOf } from './failure.js';
import { OutageWatch } from './outage-watch.js';
import { complain } from './output.js';
import { SERVERS, type ServerName } from './servers.js';

/** How long a command may take to end in order after a signal. */
const END_MS = 5_000;

/**
 * Runs a command that ends: loads the configuration, waits for the servers that it needs, calls `work`, and turns
 * errors into one line on stderr. Ctrl-C ends it in order, a second one at once.
 *
 * @param name as it is typed, without `tactus`
 * @returns the exit code: that of `work`, or the one that goes with the error
 */
export async function runCommand(
  name: string,
  work: (context: CommandContext) => Promise<number>,
  { needs, timeout = 0 }: { readonly needs: readonly ServerName[]; readonly timeout?: Millis },
): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  let watch: OutageWatch | undefined;
  let redact: Redact = (text) => text;
  try {
    const config = loadConfig();
    redact = redactor(config);
    const health = new Health(redact);
    const context = { config, log: plainLog(redact), health, stopping: stop.signal };
    watch = new OutageWatch({
      config,
      health,
      needs,
      timeoutMs: timeout,
      announce: (line) => complain(name, line),
    });
    const done = reach(context, needs).then(() => work(context));
    const code = await Promise.race([done, watch.expired, endOf(stop.signal)]);
    return stop.signal.aborted ? EXIT.interrupted : code;
  } catch (error) {
    if (stop.signal.aborted) return EXIT.interrupted;
    // What still tries to reach a server ends too.
    stop.abort();
    complain(name, redact(messageOf(error) + stackOf(error)));
    return exitCodeOf(error);
  } finally {
    watch?.end();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Waits until each of the servers has answered once; `OutageWatch` ends a wait that is too long. */
async function reach(context: CommandContext, needs: readonly ServerName[]): Promise<void> {
  const { health, log, stopping: signal } = context;
  await Promise.all(
    needs.map(async (name) => {
      const { label, probe } = SERVERS[name];
      health.block(label, 'no answer yet');
      await untilItWorks(() => probe(context), { what: label, signal, log, health });
      health.clear(label);
    }),
  );
}

async function endOf(signal: AbortSignal): Promise<number> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await sleep(END_MS);
  return EXIT.interrupted;
}

/** Warnings as plain lines on stderr, except those about servers: `OutageWatch` shows these. */
function plainLog(redact: Redact): Logger {
  const write = (line: string) => {
    const { msg, kafka, failures } = JSON.parse(line) as { msg?: string; kafka?: object; failures?: number };
    if (msg !== undefined && kafka === undefined && failures === undefined)
      process.stderr.write(`${redact(msg)}\n`);
  };
  return pino({ level: 'warn', base: null, serializers: { error: () => undefined } }, { write });
}
