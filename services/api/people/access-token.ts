import { errors, jwtVerify, SignJWT } from 'jose';
import type { Millis } from '../../../shared/core/clock.js';
import { ACCESS_TOKEN_S } from './lifetimes.js';
import { isRole, type Role, type Roles } from './roles.js';
import type { SigningKey, SigningKeys } from './signing-keys.js';

const ALGORITHM = 'ES256';
/** As RFC 9068 has it. */
const TYPE = 'at+jwt';
const ISSUER = 'tactus';
const AUDIENCE = 'tactus-api';
const MAX_LENGTH = 16_384;

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

/** Whether a text has the form of a JWT, so that it is no API key. */
export function isJwtForm(text: string): boolean {
  return text.length <= MAX_LENGTH && /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

/** Signs a token that is good for {@link ACCESS_TOKEN_S}. */
export async function signAccessToken(
  claims: Omit<AccessClaims, 'expiresAt'>,
  key: SigningKey,
  now: Millis,
): Promise<string> {
  const { userId, name, sessionId, epoch, roles } = claims;
  const issuedAt = Math.floor(now / 1_000);
  return await new SignJWT({ name, sid: sessionId, epoch, roles })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: key.id })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ACCESS_TOKEN_S)
    .sign(key.privateKey);
}

/** Whom a token stands for; null where it has expired or was not signed by one of the keys. */
export async function verifyAccessToken(
  text: string,
  keys: SigningKeys,
  now: Millis,
): Promise<AccessClaims | null> {
  if (!isJwtForm(text)) return null;
  try {
    const { payload } = await jwtVerify(
      text,
      ({ kid }) => {
        const key = keys.publicKey(kid ?? '');
        if (key === null) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      {
        ...{ algorithms: [ALGORITHM], typ: TYPE, issuer: ISSUER, audience: AUDIENCE },
        ...{ currentDate: new Date(now), requiredClaims: ['sub', 'exp', 'sid', 'epoch', 'roles', 'name'] },
      },
    );
    const { sub = '', exp = 0, name, sid, epoch, roles } = payload;
    return {
      ...{ userId: sub, name: String(name), sessionId: String(sid), epoch: Number(epoch) },
      ...{ roles: rolesOf(roles), expiresAt: exp * 1_000 },
    };
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

/** Those that this build knows; a later one may know more. */
function rolesOf(claim: unknown): Roles {
  const known = Object.entries(claim as Record<string, string>).filter(([, role]) => isRole(role));
  return Object.fromEntries(known) as Record<string, Role>;
}
