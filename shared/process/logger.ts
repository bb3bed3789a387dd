import { hostname } from 'node:os';
import { type DestinationStream, pino } from 'pino';
import type { Redact } from '../config/secrets.js';
import { BurstFilter } from './burst-filter.js';

export type Logger = pino.Logger;

const FATAL = 60;
const SUMMARISE_EVERY_MS = 1_000;

/** The level of a logger and of all its children, which changes while they are in use. */
export class LogLevel {
  #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  get name(): string {
    return this.#name;
  }

  /** @param by who changed it, for the log, which says so whatever the level is */
  change(name: string, by: string, log: Logger): void {
    const before = this.#name;
    this.#name = 'info';
    log.info({ before, level: name, by }, `log level ${name}`);
    this.#name = name;
  }

  lets(severity: number): boolean {
    return severity >= (pino.levels.values[this.#name] ?? Number.POSITIVE_INFINITY);
  }
}

export interface LoggerOptions {
  /** In place of the given level. */
  readonly level?: LogLevel;
  /** Takes secrets out of each line: errors of clients may quote addresses and commands. */
  readonly redact?: Redact;
  /** Called with how many lines of bursts were left out; without it all are written. */
  readonly leftOut?: (lines: number) => void;
  readonly destination?: DestinationStream;
}

/**
 * Structured JSON logs on stdout. Every line carries `worker` and `instance`; whoever handles a
 * partition adds `topic`, `partition` and `offset`, which together identify an event across logs; lines about a tenant's record or
 * request have `tenant`, and `trace_id` and `span_id` where it is traced. Of many lines with the
 * same text in a short time the first are written, and one that counts the others.
 */
export function createLogger(worker: string, level: string, options: LoggerOptions = {}): Logger {
  const { redact = (line: string) => line, leftOut, destination, level: changing } = options;
  const filter = leftOut === undefined ? null : new BurstFilter();
  const log = pino(
    {
      hooks: {
        streamWrite: redact,
        logMethod(args, method, severity) {
          if (changing?.lets(severity) === false) return;
          const text = args.find((arg) => typeof arg === 'string');
          if (
            severity >= FATAL ||
            text === undefined ||
            filter === null ||
            filter.lets(text, performance.now())
          )
            method.apply(this, args);
        },
      },
      // Children keep the level that they were made with.
      level: changing === undefined ? level : 'trace',
      base: { worker, instance: `${hostname()}-${process.pid}` },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    ...(destination === undefined ? [] : [destination]),
  );
  if (filter !== null)
    setInterval(() => {
      for (const { text, lines } of filter.due(performance.now())) {
        leftOut?.(lines);
        log.warn({ lines, of: text }, `${lines} more lines of the same text were left out: ${text}`);
      }
    }, SUMMARISE_EVERY_MS).unref();
  return log;
}
