import { Counter, type Registry } from 'prom-client';

/** As requests are counted. */
const CLASSES = ['4xx', '5xx'];
const OPERATIONS = ['query', 'mutation', 'subscription'];

/** Metrics of `/graphql`, whose errors are in answers of status 200. */
export class GraphqlTelemetry {
  readonly #operations: Counter<'operation'>;
  readonly #errors: Counter<'status'>;

  /** @param failed a field has failed by a fault or a server that is away */
  constructor(
    register: Registry,
    private readonly failed: (status: number) => void,
  ) {
    const registers = [register];
    this.#operations = new Counter({
      name: 'tactus_api_graphql_operations_total',
      help: 'Documents of GraphQL that were found to be in order, by what they are',
      labelNames: ['operation'],
      registers,
    });
    for (const operation of OPERATIONS) this.#operations.inc({ operation }, 0);
    this.#errors = new Counter({
      name: 'tactus_api_graphql_errors_total',
      help: 'Errors in answers of GraphQL, by the class of the status that a route would have answered with: 4xx, 5xx; documents that ask for too much included',
      labelNames: ['status'],
      registers,
    });
    for (const status of CLASSES) this.#errors.inc({ status }, 0);
  }

  begun(operation: string): void {
    this.#operations.inc({ operation });
  }

  error(status: number): void {
    this.#errors.inc({ status: status >= 500 ? '5xx' : '4xx' });
    if (status >= 500) this.failed(status);
  }
}
