import type { Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import {
  type Access,
  ALL_TENANTS,
  isRefusal,
  type KeyVerifier,
  type Principal,
} from '../../../shared/ports/keys.js';
import { type Authenticator, type Caller, RIGHTS, type Right } from './caller.js';

/** API keys as callers: what their scopes allow, for their tenant. It takes every text, so it comes last. */
export class KeyCallers implements Authenticator {
  constructor(private readonly keys: KeyVerifier) {}

  authenticate(presented: string, access: Access): Caller {
    const answer = this.keys.verify(presented, access);
    if (isRefusal(answer)) throw new TactusError('TACTUS_CREDENTIALS_REFUSED', answer.message);
    return new KeyCaller(this.keys, presented, answer, access);
  }
}

class KeyCaller implements Caller {
  readonly kind = 'key';
  readonly expiresAt = null;

  constructor(
    private readonly keys: KeyVerifier,
    private readonly presented: string,
    private readonly principal: Principal,
    private readonly access: Access,
  ) {}

  get id(): string {
    return this.principal.keyId;
  }

  get name(): string {
    return `key:${this.principal.keyId}`;
  }

  get tenantId(): string {
    return this.principal.tenantId;
  }

  may(right: Right, tenantId: string): boolean {
    const { principal } = this;
    const isTenant = principal.tenantId === ALL_TENANTS || principal.tenantId === tenantId;
    return isTenant && RIGHTS.slice(RIGHTS.indexOf(right)).some((each) => principal.scopes.has(each));
  }

  tenants(right: Right): readonly string[] | typeof ALL_TENANTS {
    const { tenantId } = this.principal;
    if (!this.may(right, tenantId)) return [];
    return tenantId === ALL_TENANTS ? ALL_TENANTS : [tenantId];
  }

  /** A key that is revoked or expired is refused when it is looked at again. */
  inForce(_now: Millis): boolean {
    return !isRefusal(this.keys.verify(this.presented, this.access));
  }
}
