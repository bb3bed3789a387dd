import type { Clock, Millis } from '../../../shared/core/clock.js';
import type { Authenticator, Caller, Right } from '../access/caller.js';
import type { SigningKeys } from '../people/signing-keys.js';
import { type ShareClaims, verifyShareToken } from './share-token.js';

/** Who has opened a link, by the token that it was exchanged for. Whether the link is in force still is looked up for each request. */
export class ShareCallers implements Authenticator {
  constructor(private readonly parts: { readonly keys: SigningKeys; readonly clock: Clock }) {}

  authenticate(presented: string): ShareCaller | null {
    const { keys, clock } = this.parts;
    const claims = verifyShareToken(presented, keys, clock.now());
    return claims === null ? null : new ShareCaller(claims);
  }
}

export class ShareCaller implements Caller {
  readonly kind = 'link';

  constructor(private readonly claims: ShareClaims) {}

  get id(): string {
    return this.claims.shareId;
  }

  get name(): string {
    return `link:${this.id}`;
  }

  get tenantId(): string {
    return this.claims.tenantId;
  }

  get expiresAt(): Millis {
    return this.claims.expiresAt;
  }

  may(right: Right, tenantId: string): boolean {
    return right === 'read' && tenantId === this.tenantId;
  }

  tenants(right: Right): readonly string[] {
    return right === 'read' ? [this.tenantId] : [];
  }

  inForce(now: Millis): boolean {
    return now < this.expiresAt;
  }
}
