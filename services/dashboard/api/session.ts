import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { queryValue } from '../address/address.js';
import { wallTime } from '../time/clock.js';
import { ApiProblem, ApiUnreachable, LoggedOut } from './problem.js';

/*
 * Who is logged in. The access token lives in this page's memory alone; the refresh token is a cookie that no script reads.
 */

export type Role = 'admin' | 'operator' | 'viewer';
export type Right = 'read' | 'operate' | 'admin';

export interface SessionUser {
  readonly name: string;
  /** By tenant; `*` is all. */
  readonly roles: Readonly<Record<string, Role>>;
}

/** `unknown` until it was asked whether there is a login. */
export type SessionState =
  | { readonly is: 'unknown' }
  | { readonly is: 'out'; readonly why: string | null }
  | { readonly is: 'in'; readonly user: SessionUser };

interface Tokens {
  readonly access_token: string;
  readonly expires_in: number;
  readonly user: SessionUser;
}

const ALL = '*';
const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  viewer: ['read'],
  operator: ['read', 'operate'],
  admin: ['read', 'operate', 'admin'],
};
/** Before a token expires it is renewed, so that no request has to be sent twice. */
const EARLY_MS = 30_000;
/** Two pages that use one refresh token would end the login. */
const LOCK = 'tactus-refresh';
const DEFAULT_TENANT = 'local';

const state = signal<SessionState>({ is: 'unknown' });
export const session: ReadonlySignal<SessionState> = state;
export const user = computed(() => (state.value.is === 'in' ? state.value.user : null));

let token = '';
let expiresAt = 0;
let renewing: Promise<string> | null = null;

const named = queryValue('tenant');

/** Tenants that the user has a role for; null for all of them. */
export const tenants = computed<readonly string[] | null>(() => {
  const roles = Object.keys(user.value?.roles ?? {});
  return roles.includes(ALL) ? null : roles.sort();
});

/** The tenant that everything shown is about; null while nobody is logged in. */
export const tenant = computed<string | null>(() => {
  if (user.value === null) return null;
  return named.value ?? tenants.value?.[0] ?? DEFAULT_TENANT;
});

/** Whether the user has a right for the chosen tenant; the API decides, this is for what is offered. */
export function may(right: Right): boolean {
  const roles = user.value?.roles ?? {};
  const role = roles[tenant.value ?? ''] ?? roles[ALL];
  return role !== undefined && RIGHTS[role].includes(right);
}

/** Whether the user has a right for all tenants. */
export function mayForAll(right: Right): boolean {
  const role = user.value?.roles[ALL];
  return role !== undefined && RIGHTS[role].includes(right);
}

/** @throws ApiProblem with what is wrong with name, password or code */
export async function logIn(body: {
  readonly username: string;
  readonly password: string;
  readonly code?: string;
}): Promise<void> {
  accept(await ask('login', { ...body, cookie: true }));
}

/** @throws ApiProblem with the code `TACTUS_SECOND_FACTOR_REQUIRED` where a code is needed as well */
export async function logInByLink(link: string, code?: string): Promise<void> {
  accept(await ask('link', { link, cookie: true, ...(code !== undefined && { code }) }));
}

/** Asks whether this browser has a login from before. */
export async function resume(): Promise<void> {
  try {
    await renewAccessToken();
  } catch (error) {
    if (!(error instanceof LoggedOut)) throw error;
  }
}

/** Asks anew who is logged in, as when the page opens. */
export function reopen(): void {
  state.value = { is: 'unknown' };
}

export async function logOut(): Promise<void> {
  await alone(() => ask('logout'));
  leave(null);
}

/** One that is good for a while. @throws LoggedOut, ApiUnreachable */
export async function accessToken(): Promise<string> {
  return wallTime() < expiresAt - EARLY_MS ? token : await renewAccessToken();
}

/** The next one; who asks meanwhile gets the same. @throws LoggedOut, ApiUnreachable */
export async function renewAccessToken(): Promise<string> {
  renewing ??= renew().finally(() => {
    renewing = null;
  });
  return await renewing;
}

async function renew(): Promise<string> {
  try {
    accept(await alone(() => ask('refresh')));
    return token;
  } catch (error) {
    if (error instanceof ApiProblem) {
      const was = state.peek().is;
      leave(was === 'in' ? 'Your login has ended: log in again.' : null);
      throw new LoggedOut(error.message, { cause: error });
    }
    throw error;
  }
}

function accept(tokens: Tokens): void {
  token = tokens.access_token;
  expiresAt = wallTime() + tokens.expires_in * 1_000;
  const before = state.peek();
  // Each renewal has the user again; whoever shows it need not draw anew.
  if (before.is === 'in' && JSON.stringify(before.user) === JSON.stringify(tokens.user)) return;
  state.value = { is: 'in', user: tokens.user };
}

function leave(why: string | null): void {
  token = '';
  expiresAt = 0;
  state.value = { is: 'out', why };
}

const alone = async <T>(work: () => Promise<T>): Promise<T> =>
  'locks' in navigator ? await navigator.locks.request(LOCK, work) : await work();

async function ask(path: string, body?: object): Promise<Tokens> {
  let response: Response;
  try {
    response = await fetch(`/api/v1/auth/${path}`, {
      method: 'POST',
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
  } catch (error) {
    throw new ApiUnreachable('The API does not answer.', { cause: error });
  }
  const text = await response.text();
  const said = (text === '' ? {} : JSON.parse(text)) as Tokens & { code?: string; detail?: string };
  if (response.ok) return said;
  if (response.status >= 500) throw new ApiUnreachable(said.detail ?? `The API answered ${response.status}.`);
  throw new ApiProblem(
    response.status,
    said.code ?? '',
    said.detail ?? `The API answered ${response.status}.`,
  );
}
