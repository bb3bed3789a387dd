import type { Outcome } from '../formats/outcome.js';

/** Where the time of a request goes. */
export type RequestStage = 'read' | 'unpack' | 'decode' | 'wait' | 'produce';

/** Takes what is to be seen of requests. */
export interface RequestObserver {
  answered(format: string, status: number, seconds: number): void;
  /** The sender went away before its request had come in full. */
  gone(format: string): void;
  stage(stage: RequestStage, format: string, seconds: number): void;
  read(format: string, bodyBytes: number, unpackedBytes: number): void;
  /** Once it is known whether what was accepted is acknowledged. */
  taken(format: string, outcome: Outcome): void;
  /** Refused as a whole for this reason. */
  refused(code: string, tenant: string | null): void;
}
