import { Counter, type Registry } from 'prom-client';
import { type HttpTelemetry, httpTelemetry } from '../../shared/adapters/http/http-telemetry.js';
import { type FlowTelemetry, flowTelemetry } from '../../shared/process/flow-telemetry.js';
import { CACHE_RESULTS, type CacheResult } from './cache/answer-cache.js';
import { GraphqlTelemetry } from './graphql/telemetry.js';
import { PeopleTelemetry } from './people/telemetry.js';

/** Of statuses. From 0 on, since what is counted for the first time has no rate. */
const CLASSES = ['2xx', '3xx', '4xx', '5xx'];

/** Metrics of the API. */
export class ApiTelemetry {
  readonly people: PeopleTelemetry;
  readonly graphql: GraphqlTelemetry;
  readonly #http: HttpTelemetry;
  readonly #flow: FlowTelemetry;
  readonly #requests: Counter<'status'>;
  readonly #dropped: Counter;
  readonly #cache: Counter<'result'>;

  constructor(register: Registry) {
    this.people = new PeopleTelemetry(register);
    this.#http = httpTelemetry(register);
    this.#flow = flowTelemetry(register);
    this.graphql = new GraphqlTelemetry(register, (status) =>
      this.#flow.failed('processing', String(status)),
    );
    this.#requests = new Counter({
      name: 'tactus_api_requests_total',
      help: 'Requests that were answered, by class of status: 2xx, 3xx, 4xx, 5xx',
      labelNames: ['status'],
      registers: [register],
    });
    for (const status of CLASSES) this.#requests.inc({ status }, 0);
    this.#dropped = new Counter({
      name: 'tactus_api_connections_dropped_total',
      help: 'Connections that were closed at once because there were TACTUS_API_MAX_CONNECTIONS',
      registers: [register],
    });
    this.#cache = new Counter({
      name: 'tactus_api_cache_reads_total',
      help: 'Reads whose answers are kept in Redis, by result: hit, miss, joined (had the answer to an equal one at the same time), bypassed (Redis is away, or the range begins before what is kept of the tenant), failed (Redis did not answer in time)',
      labelNames: ['result'],
      registers: [register],
    });
    for (const result of CACHE_RESULTS) this.#cache.inc({ result }, 0);
  }

  watch(connections: () => Promise<number>): void {
    this.#http.watch(connections);
  }

  dropped(): void {
    this.#dropped.inc();
  }

  /** A read that may have been kept. */
  asked(result: CacheResult): void {
    this.#cache.inc({ result });
  }

  answered(method: string, path: string | undefined, status: number, seconds: number): void {
    this.#http.answered(method, path, status, seconds);
    this.#requests.inc({ status: `${Math.floor(status / 100)}xx` });
    this.#flow.received(1);
    if (status >= 500) this.#flow.failed('processing', String(status));
  }
}
