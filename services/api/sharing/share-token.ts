import type { Millis } from '../../../shared/core/clock.js';
import { type Signing, signToken, verifiedPayload } from '../people/access-token.js';
import type { SigningKeys } from '../people/signing-keys.js';

const TYPE = 'share+jwt';

/** What a token that a link was exchanged for is about. */
export interface ShareClaims {
  readonly shareId: string;
  readonly tenantId: string;
  readonly expiresAt: Millis;
}

export async function signShareToken(
  { shareId, tenantId, expiresAt }: ShareClaims,
  signing: Pick<Signing, 'key' | 'now'>,
): Promise<string> {
  return await signToken({ sub: shareId, tenant: tenantId }, { ...signing, type: TYPE, expiresAt });
}

/** Null where it is none, or has expired. */
export function verifyShareToken(text: string, keys: SigningKeys, now: Millis): ShareClaims | null {
  const payload = verifiedPayload(text, TYPE, keys, now);
  if (payload === null) return null;
  const { sub, tenant, expiresAt } = payload;
  if (typeof sub !== 'string' || typeof tenant !== 'string') return null;
  return { shareId: sub, tenantId: tenant, expiresAt };
}
