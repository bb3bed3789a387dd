import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { packageVersion } from '../files/package-root.js';
import { flowTelemetry } from './flow-telemetry.js';

/** Gauges of prom-client with the ending of counters; the same figures by type are in those without it. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/**
 * The metrics that every worker has, whatever it does.
 *
 * @param commit that the program was built from; empty where nobody knows
 */
export function workerRegistry(worker: string, commit: string): Registry {
  const register = new Registry();
  register.setDefaultLabels({ worker });
  collectDefaultMetrics({ register });
  for (const name of MISNAMED) register.removeSingleMetric(name);
  buildInfo(register, commit);
  flowTelemetry(register);
  return register;
}

/** Which build runs. */
export function buildInfo(register: Registry, commit: string): void {
  new Gauge({
    name: 'tactus_build_info',
    help: 'Always 1; its labels say which version runs, from which commit (TACTUS_BUILD_COMMIT) and on which Node',
    labelNames: ['version', 'commit', 'node'],
    registers: [register],
  }).set({ version: packageVersion(), commit, node: process.versions.node }, 1);
}
