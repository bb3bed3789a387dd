import type { Exceeded } from '../../../shared/quotas/limits.js';
import type { Outcome } from '../formats/outcome.js';

/** Where the time of a request goes. */
export type RequestStage = 'read' | 'unpack' | 'decode' | 'wait' | 'produce';

/** Items are acknowledged by Kafka, or not (and may be written all the same), or not even sent there. */
export type ItemFate = 'accepted' | 'unacknowledged' | 'over_quota';

/** Takes what is to be seen of requests. */
export interface RequestObserver {
  /** @param traceId of a request that is traced */
  answered(format: string, status: number, seconds: number, traceId: string | undefined): void;
  /** The sender went away before its request had come in full. */
  gone(format: string): void;
  stage(stage: RequestStage, format: string, seconds: number): void;
  read(format: string, bodyBytes: number, unpackedBytes: number): void;
  /** @param fate what became of the items that are within the limits */
  taken(format: string, outcome: Outcome, fate: ItemFate): void;
  /** Refused because the tenant, or the key, sends more than its quota. */
  overQuota(tenant: string, exceeded: Exceeded): void;
  /** Refused as a whole for this reason. */
  refused(code: string, tenant: string | null): void;
}
