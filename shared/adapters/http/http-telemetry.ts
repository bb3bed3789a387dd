import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { perRegistry } from '../../process/per-registry.js';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const OTHER = 'other';

/** One instance per process. */
export const httpTelemetry = perRegistry((register) => new HttpTelemetry(register));

/** Requests to an HTTP edge, by what there is only little of: paths that it has, and methods that it may have. */
export class HttpTelemetry {
  readonly #requests;
  readonly #seconds;
  #connections: () => Promise<number> = async () => 0;

  constructor(register: Registry) {
    const registers = [register];
    const connections = () => this.#connections();
    this.#requests = new Counter({
      name: 'requests_total',
      help: 'HTTP requests that were answered, by method and path; paths that there are not count as other',
      labelNames: ['method', 'endpoint', 'status'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'request_duration_seconds',
      help: 'Time from the headers of an HTTP request to the end of its answer',
      labelNames: ['method', 'endpoint'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    new Gauge({
      name: 'active_connections',
      help: 'Open connections of HTTP clients',
      registers,
      async collect() {
        this.set(await connections());
      },
    });
  }

  /** @param connections how many are open, asked for when metrics are collected */
  watch(connections: () => Promise<number>): void {
    this.#connections = connections;
  }

  /** @param path as the edge declares it; undefined for one that it does not have */
  answered(asked: string, path: string | undefined, status: number, seconds: number): void {
    const method = METHODS.has(asked) ? asked : OTHER;
    const endpoint = path ?? OTHER;
    this.#requests.inc({ method, endpoint, status: String(status) });
    this.#seconds.observe({ method, endpoint }, seconds);
  }
}
