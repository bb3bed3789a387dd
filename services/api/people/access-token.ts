import { verify } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Millis } from '../../../shared/core/clock.js';
import { jsonObject } from '../../../shared/core/json-object.js';
import { ACCESS_TOKEN_S } from './lifetimes.js';
import { isRole, type Role, type Roles } from './roles.js';
import type { SigningKey, SigningKeys } from './signing-keys.js';

const ALGORITHM = 'ES256';
/** As RFC 9068 has it. */
const TYPE = 'at+jwt';
const ISSUER = 'tactus';
const AUDIENCE = 'tactus-api';
const FORM = /^(eyJ[\w-]{1,1000})\.(eyJ[\w-]{1,12000})\.([\w-]{86})$/;

/** Whom an access token stands for. */
export interface AccessClaims {
  readonly userId: string;
  readonly name: string;
  readonly sessionId: string;
  /** Of the user, when it was made. */
  readonly epoch: number;
  readonly roles: Roles;
  readonly expiresAt: Millis;
}

/** Whether a text is a JWT by its form, so that it is no API key. */
export function isJwtForm(text: string): boolean {
  return /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(text);
}

/** Signs a token that is good for {@link ACCESS_TOKEN_S}. */
export async function signAccessToken(
  claims: Omit<AccessClaims, 'expiresAt'>,
  key: SigningKey,
  now: Millis,
): Promise<string> {
  const { userId, name, sessionId, epoch, roles } = claims;
  const expiresAt = now + ACCESS_TOKEN_S * 1_000;
  return await signToken(
    { sub: userId, name, sid: sessionId, epoch, roles },
    { type: TYPE, key, now, expiresAt },
  );
}

export interface Signing {
  /** Of the header, so that no token of one kind is taken for one of another. */
  readonly type: string;
  readonly key: SigningKey;
  readonly now: Millis;
  readonly expiresAt: Millis;
}

/** A token of this API, of any kind. */
export async function signToken(
  claims: Readonly<Record<string, unknown>>,
  { type, key, now, expiresAt }: Signing,
): Promise<string> {
  return await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: ALGORITHM, typ: type, kid: key.id })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt(seconds(now))
    .setExpirationTime(seconds(expiresAt))
    .sign(key.privateKey);
}

/** Whom a token stands for; null where it has expired, or is not what {@link signAccessToken} makes with one of the keys. */
export function verifyAccessToken(text: string, keys: SigningKeys, now: Millis): AccessClaims | null {
  const payload = verifiedPayload(text, TYPE, keys, now);
  return payload === null ? null : claimsOf(payload);
}

/** The claims of a token in force. */
export interface TokenPayload {
  readonly [claim: string]: unknown;
  readonly expiresAt: Millis;
}

/**
 * What {@link signToken} has signed with one of the keys; null where it has expired, or is something else. In place of jose, because who
 * asks cannot wait: whether a caller may go on is asked for each message of a socket too.
 */
export function verifiedPayload(
  text: string,
  type: string,
  keys: SigningKeys,
  now: Millis,
): TokenPayload | null {
  const [, head = '', body = '', signature = ''] = FORM.exec(text) ?? [];
  const header = objectOf(head);
  // One algorithm: the header decides on nothing but the key.
  if (header?.alg !== ALGORITHM || header.typ !== type || 'crit' in header) return null;
  const key = typeof header.kid === 'string' ? keys.publicKey(header.kid) : null;
  if (key === null) return null;
  const signed = Buffer.from(`${head}.${body}`);
  const isSigned = verify(
    'sha256',
    signed,
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  return isSigned ? payloadOf(objectOf(body), now) : null;
}

function payloadOf(payload: Readonly<Record<string, unknown>> | null, now: Millis): TokenPayload | null {
  if (payload?.iss !== ISSUER || payload.aud !== AUDIENCE || typeof payload.exp !== 'number') return null;
  const expiresAt = payload.exp * 1_000;
  return now >= expiresAt ? null : { ...payload, expiresAt };
}

function claimsOf({ sub, name, sid, epoch, roles, expiresAt }: TokenPayload): AccessClaims | null {
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof name !== 'string') return null;
  if (typeof epoch !== 'number' || typeof roles !== 'object') return null;
  return { userId: sub, name, sessionId: sid, epoch, roles: rolesOf(roles ?? {}), expiresAt };
}

const seconds = (at: Millis) => Math.floor(at / 1_000);

/** A part of a token; null where it is no JSON object. */
function objectOf(part: string): Readonly<Record<string, unknown>> | null {
  return jsonObject(Buffer.from(part, 'base64url').toString('utf8'));
}

/** Those that this build knows; a later one may know more. */
function rolesOf(claim: object): Roles {
  const known = Object.entries(claim).filter(([, role]) => typeof role === 'string' && isRole(role));
  return Object.fromEntries(known) as Record<string, Role>;
}
