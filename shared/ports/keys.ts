/** What a key may be used for; `admin` includes the others. */
export const SCOPES = ['write:metrics', 'write:events', 'read', 'operate', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** In place of a tenant: all of them. */
export const ALL_TENANTS = '*';

/** Whom a key stands for. */
export interface Principal {
  readonly keyId: string;
  /** {@link ALL_TENANTS}, or the only one that it may name. */
  readonly tenantId: string;
  readonly scopes: ReadonlySet<Scope>;
}

/**
 * Why a request is refused: what it presents is no key (`malformed`, a typing error included) or none that is known,
 * `expired`, or `revoked`; or the key is good and does not include the `scope` or the `tenant`.
 */
export type RefusalReason = 'malformed' | 'unknown' | 'expired' | 'revoked' | 'scope' | 'tenant';

/** That a presented text is refused. */
export interface KeyRefusal {
  readonly refused: RefusalReason;
  /** For the answer, in words; holds nothing of what was presented. */
  readonly message: string;
  /** The key that the text names; null where it is none of ours. */
  readonly keyId: string | null;
}

/** What a key is presented for; shown in `audit`. */
export interface Access {
  /** Method and path, or a command: no query, which may hold what is secret. */
  readonly resource: string;
  /** Address of who asks. */
  readonly from: string;
}

/** Knows the keys that are in force now. */
export interface KeyVerifier {
  /**
   * Whom a presented text stands for. Takes the same time whichever key it is, and for one that there is not. Never does
   * I/O. Refusals are counted, and go to `audit` at a bounded rate.
   */
  verify(presented: string, access: Access): Principal | KeyRefusal;
  /**
   * The tenant that a request is about, if its key includes the scope for it; the refusal is recorded as that of a key.
   *
   * @param tenantId the one that the request names; null for that of the key
   */
  authorize(
    principal: Principal,
    scope: Scope,
    tenantId: string | null,
    access: Access,
  ): { readonly tenantId: string } | KeyRefusal;
}

/** Whether what a {@link KeyVerifier} answers is a refusal. */
export function isRefusal(answer: object): answer is KeyRefusal {
  return 'refused' in answer;
}
