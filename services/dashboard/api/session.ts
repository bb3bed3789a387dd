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

/** What a link to a dashboard leads to. */
export interface OpenedShare {
  readonly tenantId: string;
  readonly dashboardId: string;
  readonly title: string;
  /** When the link expires. */
  readonly expiresAt: string;
}

/** `unknown` until it was asked whether there is a login; `shared` for who has a link to a dashboard, `ended` when that is no longer good. */
export type SessionState =
  | { readonly is: 'unknown' }
  | { readonly is: 'out'; readonly why: string | null }
  | { readonly is: 'in'; readonly user: SessionUser }
  | { readonly is: 'shared'; readonly share: OpenedShare }
  | { readonly is: 'ended'; readonly why: string };

interface Token {
  readonly access_token: string;
  readonly expires_in: number;
}
type Tokens = Token & { readonly user: SessionUser };

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
/** Of the link that is shown; null for who logs in. */
let shareToken: string | null = null;

const named = queryValue('tenant');

/** Tenants that the user has a role for; null for all of them. */
export const tenants = computed<readonly string[] | null>(() => {
  const roles = Object.keys(user.value?.roles ?? {});
  return roles.includes(ALL) ? null : roles.sort();
});

/** The tenant that everything shown is about; null while nobody is logged in. */
export const tenant = computed<string | null>(() => {
  if (state.value.is === 'shared') return state.value.share.tenantId;
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

/** Opens a link to a dashboard. @throws ApiProblem where it is not good any more */
export async function openShare(link: string): Promise<OpenedShare> {
  const opened = await ask<Token & OpenedShare>('share', { token: link });
  shareToken = link;
  const { tenantId, dashboardId, title, expiresAt: until } = opened;
  keep(opened);
  const share = { tenantId, dashboardId, title, expiresAt: until };
  const before = state.peek();
  if (before.is !== 'shared' || JSON.stringify(before.share) !== JSON.stringify(share))
    state.value = { is: 'shared', share };
  return share;
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
  shareToken = null;
  token = '';
  expiresAt = 0;
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
  if (shareToken !== null) return await renewShare(shareToken);
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

const TOO_MANY = 429;

async function renewShare(link: string): Promise<string> {
  try {
    await openShare(link);
    return token;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.status === TOO_MANY) throw new ApiUnreachable(error.message, { cause: error });
    state.value = { is: 'ended', why: error.message };
    throw new LoggedOut(error.message, { cause: error });
  }
}

function keep({ access_token, expires_in }: Token): void {
  token = access_token;
  expiresAt = wallTime() + expires_in * 1_000;
}

function accept(tokens: Tokens): void {
  keep(tokens);
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

async function ask<T = Tokens>(path: string, body?: object): Promise<T> {
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
  const said = (text === '' ? {} : JSON.parse(text)) as T & { code?: string; detail?: string };
  if (response.ok) return said;
  if (response.status >= 500) throw new ApiUnreachable(said.detail ?? `The API answered ${response.status}.`);
  throw new ApiProblem(
    response.status,
    said.code ?? '',
    said.detail ?? `The API answered ${response.status}.`,
  );
}
