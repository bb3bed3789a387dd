import type { TactusError } from '../../../shared/core/errors.js';
import { detailOf, type ErrorAnswer, problemOf } from '../http/problem.js';

/** Kinds of errors in Prometheus's words, with their status. */
const KINDS: Readonly<Record<string, readonly [status: number, errorType: string]>> = {
  TACTUS_PROMQL_INVALID: [400, 'bad_data'],
  TACTUS_PROMQL_FAILED: [422, 'execution'],
  TACTUS_QUERY_TIMEOUT: [503, 'timeout'],
  TACTUS_CREDENTIALS_REFUSED: [401, 'unauthorized'],
  TACTUS_NOT_ALLOWED: [403, 'forbidden'],
};

/** What an error is answered, in Prometheus's form. */
export function prometheusError(error: TactusError): ErrorAnswer {
  const problem = problemOf(error);
  const otherwise = problem.status === 500 ? 'internal' : problem.status > 500 ? 'unavailable' : 'bad_data';
  const [status, errorType] = KINDS[error.code] ?? [problem.status, otherwise];
  const headers = { ...problem.headers, 'content-type': 'application/json' };
  return { status, headers, body: { status: 'error', errorType, error: detailOf(error) } };
}
