/**
 * Every error code that Tactus can show, with what it means for whoever sees it.
 *
 * Codes of the form `TACTUS_RECORD_*`, `TACTUS_FIELD_*`, ... also stand in `DeadLetter.error`.
 * The README's table of codes is checked against this list by a test, both ways.
 */
export const ERROR_CODES = {
  // What cannot be taken from a record because of the record itself: goes to `dlq`.
  TACTUS_RECORD_EMPTY: 'the record has no value',
  TACTUS_RECORD_TOO_LARGE: 'the value is larger than the limit',
  TACTUS_RECORD_BAD_MAGIC: 'the value does not start with the Confluent magic byte 0 and a schema id',
  TACTUS_RECORD_UNKNOWN_SCHEMA: 'the registry does not know the schema id',
  TACTUS_RECORD_INCOMPATIBLE_SCHEMA: "the writer's schema cannot be read as today's type",
  TACTUS_RECORD_UNDECODABLE: 'the bytes are not what the schema says',
  TACTUS_FIELD_EMPTY: 'a field that must name something is empty',
  TACTUS_FIELD_TOO_LONG: 'a field is longer than the limit',
  TACTUS_FIELD_BAD_CHARACTER: 'a field holds a control character or the separator of keys',
  TACTUS_TAGS_TOO_MANY: 'more tags than the limit',
  TACTUS_VALUE_NOT_FINITE: 'the value is NaN or infinite',
  TACTUS_TIMESTAMP_OUT_OF_RANGE: 'the timestamp is too old or too far in the future',
  TACTUS_TENANT_UNKNOWN: 'the tenant is not among those that are let in',
  TACTUS_SERIES_LIMIT: 'a point of a new series beyond the limit of live series',
  TACTUS_ROW_REFUSED: 'a store refused the row because of its content',
  // What is wrong with the set-up: the process ends.
  TACTUS_CONFIG_INVALID: 'a configuration key is unknown or has a value that is not allowed',
  TACTUS_CSV_INVALID: 'the CSV given to a command cannot be read',
  TACTUS_PREREQUISITE_MISSING: 'a program that Tactus needs is missing or too old',
  TACTUS_EMBEDDED_FAILED: 'an embedded server did not start, or ended',
  TACTUS_SCHEMA_INCOMPATIBLE: 'a schema change would break readers of earlier versions',
  TACTUS_TOPIC_MISMATCH: "a topic differs from its declaration in a way that can't be applied",
  TACTUS_INVARIANT: 'a bug in Tactus: please report it with the log',
  // What a server did: waited for and tried again.
  TACTUS_KAFKA_UNAVAILABLE: 'Kafka cannot be reached or answered with an error',
  TACTUS_REGISTRY_UNAVAILABLE: 'the schema registry cannot be reached or answered with an error',
  TACTUS_DATABASE_UNAVAILABLE: 'the database cannot be reached or answered with an error',
  TACTUS_REDIS_UNAVAILABLE: 'Redis cannot be reached or answered with an error',
  TACTUS_ARCHIVE_UNAVAILABLE: 'a file of the archive could not be written',
  TACTUS_WEBHOOK_FAILED: 'a webhook target did not accept a delivery',
  TACTUS_NOTIFICATION_FAILED: 'a channel did not take a notification',
  TACTUS_FENCED: 'another instance has taken over this partition',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

const RETRIABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TACTUS_KAFKA_UNAVAILABLE',
  'TACTUS_REGISTRY_UNAVAILABLE',
  'TACTUS_DATABASE_UNAVAILABLE',
  'TACTUS_REDIS_UNAVAILABLE',
  'TACTUS_ARCHIVE_UNAVAILABLE',
  'TACTUS_WEBHOOK_FAILED',
  'TACTUS_NOTIFICATION_FAILED',
]);

/**
 * The one error class that leaves a Tactus module.
 *
 * `retriable` says whether the same call may succeed later without anybody changing anything;
 * it follows from the code. The original error, if any, is kept as `cause`.
 */
export class TactusError extends Error {
  override readonly name = 'TactusError';
  readonly retriable: boolean;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.retriable = RETRIABLE.has(code);
  }
}

/** The message of anything that was thrown, for a log line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
