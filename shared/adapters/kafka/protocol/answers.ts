/*
 * Error codes in responses of brokers (Kafka protocol guide, Error Codes), classified by number: kafkajs does
 * not know all of those that concern transactions, and names some wrongly.
 */

export const OFFSET_OUT_OF_RANGE = 1;
export const UNKNOWN_TOPIC_OR_PARTITION = 3;
export const LEADER_NOT_AVAILABLE = 5;
export const NOT_LEADER_OR_FOLLOWER = 6;
export const DUPLICATE_SEQUENCE_NUMBER = 46;
export const UNSTABLE_OFFSET_COMMIT = 88;
/** A record set, or the only record in it, is larger than its topic allows. */
export const TOO_LARGE: ReadonlySet<number> = new Set([10, 18]);
/** The fault is that of records, not of what the topic or the client may do. */
export const OF_RECORDS: ReadonlySet<number> = new Set([...TOO_LARGE, 32, 87]);

const NAMES: Readonly<Record<number, string>> = {
  [OFFSET_OUT_OF_RANGE]: 'OFFSET_OUT_OF_RANGE',
  2: 'CORRUPT_MESSAGE',
  [UNKNOWN_TOPIC_OR_PARTITION]: 'UNKNOWN_TOPIC_OR_PARTITION',
  [LEADER_NOT_AVAILABLE]: 'LEADER_NOT_AVAILABLE',
  [NOT_LEADER_OR_FOLLOWER]: 'NOT_LEADER_OR_FOLLOWER',
  7: 'REQUEST_TIMED_OUT',
  9: 'REPLICA_NOT_AVAILABLE',
  10: 'MESSAGE_TOO_LARGE',
  12: 'OFFSET_METADATA_TOO_LARGE',
  13: 'NETWORK_EXCEPTION',
  14: 'COORDINATOR_LOAD_IN_PROGRESS',
  15: 'COORDINATOR_NOT_AVAILABLE',
  16: 'NOT_COORDINATOR',
  17: 'INVALID_TOPIC_EXCEPTION',
  18: 'RECORD_LIST_TOO_LARGE',
  19: 'NOT_ENOUGH_REPLICAS',
  20: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  22: 'ILLEGAL_GENERATION',
  25: 'UNKNOWN_MEMBER_ID',
  27: 'REBALANCE_IN_PROGRESS',
  29: 'TOPIC_AUTHORIZATION_FAILED',
  30: 'GROUP_AUTHORIZATION_FAILED',
  31: 'CLUSTER_AUTHORIZATION_FAILED',
  32: 'INVALID_TIMESTAMP',
  44: 'POLICY_VIOLATION',
  45: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
  47: 'INVALID_PRODUCER_EPOCH',
  48: 'INVALID_TXN_STATE',
  49: 'INVALID_PRODUCER_ID_MAPPING',
  51: 'CONCURRENT_TRANSACTIONS',
  53: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  55: 'OPERATION_NOT_ATTEMPTED',
  56: 'KAFKA_STORAGE_ERROR',
  59: 'UNKNOWN_PRODUCER_ID',
  74: 'FENCED_LEADER_EPOCH',
  75: 'UNKNOWN_LEADER_EPOCH',
  78: 'OFFSET_NOT_AVAILABLE',
  82: 'FENCED_INSTANCE_ID',
  87: 'INVALID_RECORD',
  [UNSTABLE_OFFSET_COMMIT]: 'UNSTABLE_OFFSET_COMMIT',
  90: 'PRODUCER_FENCED',
  100: 'UNKNOWN_TOPIC_ID',
  103: 'INCONSISTENT_TOPIC_ID',
  120: 'TRANSACTION_ABORTABLE',
};

/**
 * What to do about an error: `again` the same bytes after a moment; `moved`: look up who is responsible now, then
 * the same; `generation`: this membership of the group has ended; `refused`: the broker does not take this
 * content; `fenced`: the producer's id and epoch are no longer valid; `abort`: abort the transaction.
 */
export type Remedy = 'again' | 'moved' | 'generation' | 'refused' | 'fenced' | 'abort';

const REMEDIES: Readonly<Record<number, Remedy>> = {
  3: 'moved',
  5: 'moved',
  6: 'moved',
  7: 'again',
  9: 'moved',
  10: 'refused',
  12: 'refused',
  13: 'again',
  14: 'again',
  15: 'moved',
  16: 'moved',
  17: 'refused',
  18: 'refused',
  19: 'again',
  20: 'again',
  22: 'generation',
  25: 'generation',
  29: 'refused',
  32: 'refused',
  44: 'refused',
  47: 'fenced',
  49: 'fenced',
  51: 'again',
  56: 'moved',
  74: 'moved',
  75: 'moved',
  78: 'again',
  82: 'generation',
  87: 'refused',
  88: 'again',
  90: 'fenced',
  100: 'moved',
  103: 'moved',
};

/** The name of an error code in the protocol guide. */
export function nameOf(code: number): string {
  return NAMES[code] ?? `error ${code}`;
}

/** An error code that a broker has answered with. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly remedy: Remedy;

  /**
   * @param doing what was asked for, with topic and partition where there is one
   * @param why in the broker's words
   */
  constructor(
    readonly code: number,
    readonly doing: string,
    why = '',
  ) {
    super(`${doing}: ${NAMES[code] ?? 'error'} (${code})${why === '' ? '' : `: ${why}`}`);
    this.remedy = REMEDIES[code] ?? 'abort';
  }
}

/** @throws AnswerError unless the code is 0 */
export function requireSuccess(code: number, doing: string): void {
  if (code !== 0) throw new AnswerError(code, doing);
}
