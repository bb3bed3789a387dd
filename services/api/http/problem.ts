import { Type } from 'typebox';
import { type ErrorCode, TactusError } from '../../../shared/core/errors.js';

/** RFC 9457. */
export const PROBLEM_TYPE = 'application/problem+json';

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'about:blank: the code says what it is' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'One of the closed list in shared/core/ERRORS.md' }),
    detail: Type.String({ description: 'What is wrong, and what is allowed' }),
  },
  { $id: 'Problem' },
);

/** A refusal whose status its code does not decide. */
export class HttpProblem extends TactusError {
  constructor(
    readonly status: number,
    code: ErrorCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(code, message);
  }
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  TACTUS_CREDENTIALS_REFUSED: 401,
  TACTUS_LOGIN_REFUSED: 401,
  TACTUS_SECOND_FACTOR_REQUIRED: 401,
  TACTUS_NOT_ALLOWED: 403,
  TACTUS_TENANT_UNKNOWN: 403,
  TACTUS_PATH_UNKNOWN: 404,
  TACTUS_NOT_FOUND: 404,
  TACTUS_BODY_TOO_LARGE: 413,
  TACTUS_BODY_UNSUPPORTED: 415,
  TACTUS_INVARIANT: 500,
};
const UNAVAILABLE = 503;
const BAD_REQUEST = 400;
/** Until a server is back, mostly. */
const RETRY_AFTER_S = '5';

export function statusOf(error: TactusError): number {
  if (error instanceof HttpProblem) return error.status;
  return error.retriable ? UNAVAILABLE : (STATUS[error.code] ?? BAD_REQUEST);
}

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** What a refused request is answered. */
export function problemOf(error: TactusError): ErrorAnswer {
  const status = statusOf(error);
  const { code } = error;
  const headers: Record<string, string> = { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store' };
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="tactus"';
  if (status === UNAVAILABLE) headers['retry-after'] = RETRY_AFTER_S;
  if (error instanceof HttpProblem) Object.assign(headers, error.headers);
  const detail = detailOf(error);
  return { status, headers, body: { type: 'about:blank', title: code, status, code, detail } };
}

/** What an error says to who asks: of a fault of the program, and of where a server is and what it says of us, only the log has more. */
export function detailOf(error: TactusError): string {
  const status = statusOf(error);
  if (status === 500) return 'the request could not be handled; the log says why';
  return status === UNAVAILABLE && repeatsItsCause(error)
    ? 'a server that is needed for it is away, or refuses; the log says which: ask again'
    : error.message;
}

/** Whether its text has that of an error of another program. */
function repeatsItsCause({ message, cause }: Error): boolean {
  let at = cause;
  while (at instanceof Error) {
    if (at.message !== '' && message.includes(at.message)) return true;
    // As kafkajs names what it wraps.
    at = at.cause ?? (at as { readonly originalError?: unknown }).originalError;
  }
  return false;
}

const problem = (description: string) => ({
  description,
  content: { [PROBLEM_TYPE]: { schema: Type.Ref('Problem') } },
});

/** What every route may answer besides what it is for. */
export const PROBLEMS = {
  '4xx': problem('The request is refused; the code says why'),
  '5xx': problem('It could not be answered; ask again after Retry-After'),
} as const;
