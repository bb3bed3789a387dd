import type { Millis } from '../core/clock.js';

/** Keeps answers of tenants for a while. What it has lost is computed anew. */
export interface AnswerStore {
  /** Whether it can be asked at all. */
  readonly ready: boolean;
  /** @throws TactusError */
  get(tenantId: string, key: string): Promise<string | null>;
  /** @throws TactusError */
  put(tenantId: string, key: string, answer: string, keptMs: Millis): Promise<void>;
}
