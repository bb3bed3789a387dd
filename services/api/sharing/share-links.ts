import { randomUUID } from 'node:crypto';
import type { Clock, Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { Access } from '../../../shared/ports/keys.js';
import { ACCESS_TOKEN_S } from '../people/lifetimes.js';
import { hashOfCode, isLinkCode, newLinkCode } from '../people/link-code.js';
import { LoginLimited } from '../people/login-limited.js';
import { LoginLimits } from '../people/login-limits.js';
import type { PeopleAudit } from '../people/people-audit.js';
import type { SigningKeys } from '../people/signing-keys.js';
import { sourcePrefix } from '../people/source-prefix.js';
import type { ShareRow } from '../queries/dashboard-shares.js';
import { signShareToken } from './share-token.js';

const REFUSED =
  'the link is none, has expired or was revoked, or its dashboard was removed: whoever sent it can make another one';

/** Of a link that is made. */
export interface WantedShare {
  readonly tenantId: string;
  readonly dashboardId: string;
  readonly comment: string;
  readonly createdBy: string;
  readonly lengthMs: Millis;
}

/** A link as it is stored: nothing of it can be used to read. */
export interface NewShare extends Omit<WantedShare, 'lengthMs'> {
  readonly id: string;
  readonly hash: Buffer;
  readonly expiresAt: Millis;
}

/** What a link leads to. */
export interface UsedShare {
  readonly id: string;
  readonly tenantId: string;
  readonly dashboardId: string;
  readonly title: string;
  readonly expiresAt: Millis;
}

/** Where links are kept, for all processes. Throws TactusError `TACTUS_DATABASE_UNAVAILABLE`, which is retriable. */
export interface ShareStore {
  /** Null where there is no such dashboard, or it or the tenant has as many links as may be. */
  create(share: NewShare): Promise<ShareRow | null>;
  /** Notes that it was opened now; null where none is in force. */
  use(hash: Buffer): Promise<UsedShare | null>;
  /** False where there is none. */
  revoke(share: {
    readonly tenantId: string;
    readonly dashboardId: string;
    readonly id: string;
  }): Promise<boolean>;
}

/** What a link is exchanged for. */
export interface OpenedShare extends UsedShare {
  readonly accessToken: string;
  readonly expiresInS: number;
}

/** Links by which anybody reads one dashboard, until they expire or are revoked. */
export class ShareLinks {
  readonly #limits = new LoginLimits();

  constructor(
    private readonly parts: {
      readonly store: ShareStore;
      readonly keys: SigningKeys;
      readonly audit: Pick<PeopleAudit, 'refused'>;
      readonly clock: Clock;
    },
  ) {}

  /** @returns null as {@link ShareStore.create}; with the token, which nobody can read again */
  async make({ lengthMs, ...wanted }: WantedShare): Promise<(ShareRow & { readonly token: string }) | null> {
    const { store, clock } = this.parts;
    const token = newLinkCode();
    const made = await store.create({
      ...{ ...wanted, id: randomUUID(), hash: hashOfCode(token) },
      expiresAt: clock.now() + lengthMs,
    });
    return made === null ? null : { ...made, token };
  }

  /**
   * Exchanges the token of a link for one that reads.
   *
   * @throws TactusError `TACTUS_LOGIN_REFUSED`, which does not say whether there was such a link; `TACTUS_LOGIN_LIMITED`
   */
  async open(token: string, from: Access): Promise<OpenedShare> {
    const { store, keys, audit, clock } = this.parts;
    const now = clock.now();
    const hash = hashOfCode(token);
    // By link, so that of many behind one address those with an old link do not keep the others out; and of all links, by address.
    const source = { nameKey: hash.toString('base64url'), network: sourcePrefix(from.from), device: null };
    const wait = this.#limits.begin(source, now);
    if (wait > 0) {
      audit.refused('link.limited', null, from);
      throw new LoginLimited('too many links from here were wrong', wait);
    }
    const share = isLinkCode(token) ? await store.use(hash) : null;
    if (share === null || share.expiresAt <= now) {
      audit.refused('link.unknown', null, from);
      throw new TactusError('TACTUS_LOGIN_REFUSED', REFUSED);
    }
    this.#limits.succeeded(source, now);
    const key = keys.requireSigner(now);
    const expiresAt = Math.min(share.expiresAt, now + ACCESS_TOKEN_S * 1_000);
    const { id: shareId, tenantId } = share;
    return {
      ...share,
      accessToken: await signShareToken({ shareId, tenantId, expiresAt }, { key, now }),
      expiresInS: Math.floor((expiresAt - now) / 1_000),
    };
  }

  async revoke(share: Parameters<ShareStore['revoke']>[0]): Promise<boolean> {
    return await this.parts.store.revoke(share);
  }
}
