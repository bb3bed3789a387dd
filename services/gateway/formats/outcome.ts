import type { Rejection } from '../../../shared/admission/policy.js';
import type { ErrorCode } from '../../../shared/core/errors.js';

/** Refusals that an answer has in words; the others are only counted. */
const MAX_IN_WORDS = 1_000;

/** Why a sample makes no point and is no mistake of the sender. */
export type LeftOut = 'nan' | 'infinite' | 'stale' | 'unsupported';

/** One item of a request that is refused. */
export interface RefusedItem {
  /** Place of the item in the request. */
  readonly index: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/** What became of the items of one request. */
export class Outcome {
  /** Points and events that are written, or will be once they are acknowledged. */
  accepted = 0;
  /** Those of them that are histograms, which make several points each. */
  histograms = 0;
  /** Items whose id came before in the same request. */
  duplicates = 0;
  refused = 0;
  /** The first of those refused. */
  readonly inWords: RefusedItem[] = [];
  readonly byCode = new Map<ErrorCode, number>();
  readonly leftOut = new Map<LeftOut, number>();

  refuse(index: number, { code, message }: Rejection): void {
    this.refused += 1;
    this.byCode.set(code, (this.byCode.get(code) ?? 0) + 1);
    if (this.inWords.length < MAX_IN_WORDS) this.inWords.push({ index, code, message });
  }

  /**
   * Why items are refused, for an answer in words: the first of them, and how many more there are.
   *
   * @param most lines besides the one that counts the others
   */
  reasons(most: number, inWords: (item: RefusedItem) => string): string[] {
    const lines = this.inWords.slice(0, most).map(inWords);
    const more = this.refused - lines.length;
    return more > 0 ? [...lines, `and ${more} more`] : lines;
  }

  leaveOut(reason: LeftOut, count = 1): void {
    this.leftOut.set(reason, (this.leftOut.get(reason) ?? 0) + count);
  }
}
