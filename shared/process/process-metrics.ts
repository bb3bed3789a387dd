import { totalmem } from 'node:os';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { packageVersion } from '../files/package-root.js';
import { costTelemetry, type Prices } from './cost.js';
import { flowTelemetry } from './flow-telemetry.js';

/** Gauges of prom-client with the ending of counters; the same figures by type are in those without it. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** With 10 ms, its timer takes half a per cent of a CPU; figures of the event loop's delay are at least this. */
const LOOP_PRECISION_MS = 20;

/**
 * The metrics that every worker has, whatever it does.
 *
 * @param commit that the program was built from; empty where nobody knows
 */
export function workerRegistry(worker: string, commit: string, prices: Prices): Registry {
  const register = new Registry();
  register.setDefaultLabels({ worker });
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: LOOP_PRECISION_MS });
  for (const name of MISNAMED) register.removeSingleMetric(name);
  buildInfo(register, commit);
  memoryLimit(register);
  costTelemetry(register, flowTelemetry(register), prices);
  return register;
}

/** More than this a process cannot use: its container's limit, or else what the machine has. */
export function memoryLimit(register: Registry): void {
  const constrained = process.constrainedMemory();
  new Gauge({
    name: 'tactus_memory_limit_bytes',
    help: 'Memory that the process may use: the limit of its container, or else the memory of the machine',
    registers: [register],
  }).set(constrained > 0 && constrained < totalmem() ? constrained : totalmem());
}

/** @returns counts lines of bursts that were left out of the log */
export function logTelemetry(register: Registry): (lines: number) => void {
  const leftOut = new Counter({
    name: 'tactus_log_lines_left_out_total',
    help: 'Lines of the log that were left out and counted because there were more than 20 with the same text within ten seconds',
    registers: [register],
  });
  return (lines) => leftOut.inc(lines);
}

/** Which build runs. */
export function buildInfo(register: Registry, commit: string): void {
  new Gauge({
    name: 'tactus_build_info',
    help: 'Always 1; its labels say which version runs, from which commit (TACTUS_BUILD_COMMIT, or unknown) and on which Node',
    labelNames: ['version', 'commit', 'node'],
    registers: [register],
  }).set({ version: packageVersion(), commit: commit || 'unknown', node: process.versions.node }, 1);
}
