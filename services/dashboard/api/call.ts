import { breath } from './breath.js';
import { heard, notHeard } from './connection.js';
import type { Operations } from './operations.js';
import { ApiProblem, ApiUnreachable, LoggedOut } from './problem.js';
import { accessToken, renewAccessToken, tenant } from './session.js';

export type Operation = keyof Operations;
export type Answer<O extends Operation> = Operations[O]['answer'];

type Given<T, Name extends string> = T extends undefined ? unknown : { readonly [N in Name]: T };
type Optional<T> = T extends undefined
  ? unknown
  : Record<string, never> extends T
    ? { readonly query?: T }
    : { readonly query: T };

/** What an operation takes, and what every request may have. */
export type Request<O extends Operation> = Given<Operations[O]['path'], 'path'> &
  Optional<Operations[O]['query']> &
  Given<Operations[O]['body'], 'body'> & {
    readonly signal?: AbortSignal;
    /** The version that a change is made of. */
    readonly ifMatch?: string;
    /** False for what is about all tenants. */
    readonly ofTenant?: boolean;
    /** Answered once, however often it is sent. */
    readonly idempotencyKey?: string;
  };

interface Plain {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly ifMatch?: string;
  readonly ofTenant?: boolean;
  readonly idempotencyKey?: string;
}

export interface Answered<O extends Operation> {
  readonly answer: Answer<O>;
  readonly etag: string | null;
}

const PREFIX = '/api/v1';
const UNAUTHENTICATED = 401;
/** In characters: what takes some ms to read. */
const LONG = 200_000;
const UNAVAILABLE = [502, 503, 504];

/**
 * Asks the API, for the chosen tenant.
 *
 * @throws ApiProblem, ApiUnreachable, LoggedOut; AbortError of the signal
 */
export async function call<O extends Operation>(operation: O, request: Request<O>): Promise<Answer<O>> {
  return (await callWithTag(operation, request)).answer;
}

/** {@link call}, with the version of what is answered. */
export async function callWithTag<O extends Operation>(
  operation: O,
  request: Request<O>,
): Promise<Answered<O>> {
  const [method = '', pattern = ''] = operation.split(' ');
  const plain = request as Plain;
  const url = addressOf(pattern, plain);
  let response = await send(method, url, plain, await accessToken());
  if (response.status === UNAUTHENTICATED) {
    // It may have been revoked, and another one be given.
    response = await send(method, url, plain, await renewAccessToken());
  }
  if (response.status === UNAUTHENTICATED) throw new LoggedOut('Your login has ended.');
  if (!response.ok) throw await problemOf(response);
  const text = await response.text();
  const answer = (text === '' ? null : JSON.parse(text)) as Answer<O>;
  // To read it is one piece of work, to show it another.
  if (text.length > LONG) await breath();
  return { answer, etag: response.headers.get('etag') };
}

function addressOf(pattern: string, { path = {}, query = {} }: Plain): string {
  const filled = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''));
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined && one !== null) parameters.append(name, String(one));
  const text = parameters.toString();
  return `${PREFIX}${filled}${text === '' ? '' : `?${text}`}`;
}

async function send(
  method: string,
  url: string,
  { body, signal, ifMatch, ofTenant = true, idempotencyKey }: Plain,
  token: string,
): Promise<Response> {
  const chosen = tenant.peek();
  try {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(ofTenant && chosen !== null && { 'x-scope-orgid': chosen }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    });
    if (UNAVAILABLE.includes(response.status)) notHeard();
    else heard();
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    notHeard();
    throw new ApiUnreachable('The API does not answer.', { cause: error });
  }
}

async function problemOf(response: Response): Promise<Error> {
  const { status, headers } = response;
  const said = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  const detail = said.detail ?? `The API answered ${status}.`;
  if (UNAVAILABLE.includes(status)) return new ApiUnreachable(detail);
  return new ApiProblem(status, said.code ?? '', detail, headers.get('etag'));
}
