import type { FastifyReply, FastifyRequest } from 'fastify';
import { DEVICE_MS, PENDING_LOGIN_MS, SESSION_IDLE_MS } from '../people/lifetimes.js';

const REFRESH = 'tactus-refresh';
const DEVICE = 'tactus-device';
/** Of a login that goes on at an identity provider, which sends the browser back: so this one comes from another site. */
const PENDING = 'tactus-oidc';

/** The cookies of a login: no script reads them, no page of another site sends them, and only `auth/…` is sent them. */
export class SessionCookies {
  /** @param secure only over HTTPS */
  constructor(private readonly secure: boolean) {}

  refreshToken({ cookies }: FastifyRequest): string | null {
    return cookies[REFRESH] ?? null;
  }

  device({ cookies }: FastifyRequest): string | null {
    return cookies[DEVICE] ?? null;
  }

  setRefreshToken(request: FastifyRequest, reply: FastifyReply, token: string): void {
    void reply.setCookie(REFRESH, token, { ...this.#options(request), maxAge: SESSION_IDLE_MS / 1_000 });
  }

  setDevice(request: FastifyRequest, reply: FastifyReply, device: string): void {
    void reply.setCookie(DEVICE, device, { ...this.#options(request), maxAge: DEVICE_MS / 1_000 });
  }

  pending({ cookies }: FastifyRequest): string | null {
    return cookies[PENDING] ?? null;
  }

  setPending(request: FastifyRequest, reply: FastifyReply, pending: string): void {
    void reply.setCookie(PENDING, pending, {
      ...this.#options(request),
      sameSite: 'lax',
      maxAge: PENDING_LOGIN_MS / 1_000,
    });
  }

  clearPending(request: FastifyRequest, reply: FastifyReply): void {
    void reply.clearCookie(PENDING, { ...this.#options(request), sameSite: 'lax' });
  }

  clear(request: FastifyRequest, reply: FastifyReply): void {
    void reply.clearCookie(REFRESH, this.#options(request));
  }

  #options({ routeOptions }: FastifyRequest) {
    // Below the prefix that was asked: /api/v1/auth, or that of the alias.
    const path = (routeOptions.url ?? '/').replace(/\/auth\/.*$/, '/auth');
    return { path, httpOnly: true, sameSite: 'strict', secure: this.secure } as const;
  }
}
