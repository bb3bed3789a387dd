import type { Millis } from '../core/clock.js';
import type { KnownTenants } from '../tenancy/known-tenants.js';
import type { QuotaAlgorithm } from '../tenancy/profile.js';

/** What is counted. */
export const QUANTITIES = ['points', 'bytes', 'events'] as const;

export type Quantity = (typeof QUANTITIES)[number];

/** How much a request or a batch has of each. */
export type Amounts = Readonly<Record<Quantity, number>>;

/** Most of each a second; null for no limit. */
export type PerSecond = Readonly<Record<Quantity, number | null>>;

/** A limit as its sender sees it. */
export interface LimitState {
  readonly quantity: Quantity;
  readonly of: 'tenant' | 'key';
  /** Most in a window of `windowS`, or at once. */
  readonly limit: number;
  readonly windowS: number;
  readonly remaining: number;
  /** Until nothing counts any more that was sent. */
  readonly resetS: number;
}

/** Why something is refused. */
export interface Exceeded extends LimitState {
  /** After how many seconds it fits if nothing else comes; a whole burst for what never fits. */
  readonly retryAfterS: number;
  /** It never fits, or refusals have gone on for long: a short burst otherwise. */
  readonly lasting: boolean;
  /** It is more than may ever come at once. */
  readonly never: boolean;
}

/** A request that is refused for one of the tenants that it has records of. */
export interface Refused {
  readonly tenant: string;
  readonly exceeded: Exceeded;
}

/** @param waitMs until it fits; Infinity when it never will */
export function exceededOf(state: LimitState, waitMs: Millis, excessLasts: boolean): Exceeded {
  const never = waitMs === Number.POSITIVE_INFINITY;
  const retryAfterS = Math.max(1, Math.ceil(never ? state.windowS : waitMs / 1_000));
  return { ...state, retryAfterS, lasting: never || excessLasts, never };
}

/** What is in force for a tenant. */
export interface QuotaLimits {
  readonly algorithm: QuotaAlgorithm;
  readonly burstS: number;
  readonly tenant: PerSecond;
  /** Of each of its keys. */
  readonly key: PerSecond;
  /** Whether senders of remote write are asked to send it again whatever lasts: they drop what is answered 429. */
  readonly alwaysRetry: boolean;
}

/** Of the installation: for tenants that have nothing else set for themselves; 0 is no limit. */
export interface QuotaDefaults {
  readonly pointsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly eventsPerSecond: number;
  readonly algorithm: QuotaAlgorithm;
  readonly burstS: number;
}

/** Where limits come from; whoever keeps some looks at the version. */
export interface QuotaSource {
  /** Changes with anything that is set for anybody. */
  readonly version: number;
  /** Whether any tenant has a limit of what may come in a second: as long as none has, nothing has to be counted. */
  readonly anyLimited: boolean;
  limitsOf(tenant: string): QuotaLimits;
}

function isAnyLimited(tenants: KnownTenants, defaults: QuotaDefaults): boolean {
  const { pointsPerSecond, bytesPerSecond, eventsPerSecond } = defaults;
  return (
    pointsPerSecond + bytesPerSecond + eventsPerSecond > 0 ||
    tenants.some(({ quotas }) =>
      [quotas.pointsPerSecond, quotas.bytesPerSecond, quotas.eventsPerSecond].some((limit) => limit !== null),
    )
  );
}

/** Whether one has. */
export function isLimited({ tenant }: QuotaLimits): boolean {
  return QUANTITIES.some((quantity) => tenant[quantity] !== null);
}

const unless0 = (value: number): number | null => (value === 0 ? null : value);

/** The limits of tenants by file and topic, else those of the installation. */
export function quotaSource(tenants: KnownTenants, defaults: QuotaDefaults): QuotaSource {
  const { algorithm, burstS } = defaults;
  let askedAt = Number.NaN;
  let anyLimited = false;
  return {
    get version() {
      return tenants.version;
    },
    get anyLimited() {
      // Of many tenants it takes a while, and is asked again and again.
      if (tenants.version !== askedAt) {
        askedAt = tenants.version;
        anyLimited = isAnyLimited(tenants, defaults);
      }
      return anyLimited;
    },
    limitsOf(tenant) {
      const { quotas } = tenants.profileOf(tenant);
      return {
        algorithm: quotas.algorithm ?? algorithm,
        burstS: quotas.burst ?? burstS,
        tenant: {
          points: quotas.pointsPerSecond ?? unless0(defaults.pointsPerSecond),
          bytes: quotas.bytesPerSecond ?? unless0(defaults.bytesPerSecond),
          events: quotas.eventsPerSecond ?? unless0(defaults.eventsPerSecond),
        },
        key: {
          points: quotas.keyPointsPerSecond,
          bytes: quotas.keyBytesPerSecond,
          events: quotas.keyEventsPerSecond,
        },
        alwaysRetry: quotas.alwaysRetry ?? false,
      };
    },
  };
}
