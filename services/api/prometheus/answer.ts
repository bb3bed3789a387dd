import type { TactusError } from '../../../shared/core/errors.js';
import { statusOf } from '../http/problem.js';

/** An answer as Prometheus gives it when it fails. */
export interface PrometheusError {
  readonly status: 'error';
  readonly errorType: string;
  readonly error: string;
}

/** What an error is answered, in Prometheus's form: `bad_data` 400, `execution` 422, `timeout` and `unavailable` 503. */
export function errorAnswer(error: TactusError): { readonly status: number; readonly body: PrometheusError } {
  const [status, errorType] = kindOf(error);
  // What a fault of the program says is for its log.
  const message = status === 500 ? 'the request could not be handled; the log says why' : error.message;
  return { status, body: { status: 'error', errorType, error: message } };
}

function kindOf(error: TactusError): readonly [status: number, errorType: string] {
  switch (error.code) {
    case 'TACTUS_PROMQL_INVALID':
      return [400, 'bad_data'];
    case 'TACTUS_PROMQL_FAILED':
      return [422, 'execution'];
    case 'TACTUS_QUERY_TIMEOUT':
      return [503, 'timeout'];
    case 'TACTUS_CREDENTIALS_REFUSED':
      return [401, 'unauthorized'];
    case 'TACTUS_NOT_ALLOWED':
      return [403, 'forbidden'];
    default: {
      const status = statusOf(error);
      return [status, status === 500 ? 'internal' : status >= 500 ? 'unavailable' : 'bad_data'];
    }
  }
}
