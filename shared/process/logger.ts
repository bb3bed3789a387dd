import { hostname } from 'node:os';
import { pino } from 'pino';
import type { Redact } from '../config/secrets.js';

export type Logger = pino.Logger;

/**
 * Structured JSON logs on stdout. Every line carries `worker` and `instance`; whoever handles a
 * partition adds `topic`, `partition` and `offset`, which together identify an event across logs.
 *
 * @param redact takes secrets out of each line: errors of clients may quote addresses and commands
 */
export function createLogger(worker: string, level: string, redact: Redact = (line) => line): Logger {
  return pino({
    hooks: { streamWrite: redact },
    level,
    base: { worker, instance: `${hostname()}-${process.pid}` },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  });
}
