/** What a code says of a failure. */
export interface ErrorMeaning {
  /** What is wrong, for whoever sees the code. */
  readonly meaning: string;
  /** What that person can do; Markdown. */
  readonly remedy: string;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retriable: boolean;
}

const meanings = <K extends string>(
  retriable: boolean,
  texts: Readonly<Record<K, readonly [meaning: string, remedy: string]>>,
): Readonly<Record<K, ErrorMeaning>> =>
  Object.fromEntries(
    Object.entries<readonly [string, string]>(texts).map(([code, [meaning, remedy]]) => [
      code,
      { meaning, remedy, retriable },
    ]),
  ) as Record<K, ErrorMeaning>;

/** A record cannot be processed because of its content: it goes to `dlq`, the code in `DeadLetter.error`. */
export const RECORD_ERRORS = meanings(false, {
  TACTUS_RECORD_EMPTY: ['the record has no value', 'Send a value; a tombstone means nothing here.'],
  TACTUS_RECORD_TOO_LARGE: [
    'the value is larger than the limit',
    'Send smaller values, or raise `TACTUS_MAX_VALUE_BYTES`.',
  ],
  TACTUS_RECORD_BAD_MAGIC: [
    'the value does not start with the Confluent magic byte 0 and a schema id',
    'Encode with a Confluent serializer: plain JSON and bare Avro are refused.',
  ],
  TACTUS_RECORD_UNKNOWN_SCHEMA: [
    'the registry does not know the schema id',
    'Register the schema in the registry that the workers use.',
  ],
  TACTUS_RECORD_INCOMPATIBLE_SCHEMA: [
    "the writer's schema cannot be resolved to the current one",
    'Write with a schema that the current one can read; `message` names the field.',
  ],
  TACTUS_RECORD_UNDECODABLE: [
    'the bytes do not match the schema',
    'Check the producer: the value is truncated, or was written with another schema than its id names.',
  ],
  TACTUS_FIELD_EMPTY: ['a field that identifies something is empty', 'Fill the field that `message` names.'],
  TACTUS_FIELD_TOO_LONG: [
    'a field is longer than the limit',
    'At most 256 characters for names and ids, 4,096 for texts in attributes.',
  ],
  TACTUS_FIELD_BAD_CHARACTER: [
    'a field holds a control character, the separator of keys or half of a surrogate pair',
    'Use no control characters, no vertical bar in `tenantId`, and whole characters only.',
  ],
  TACTUS_FIELD_INVALID: [
    'an item sent to the gateway has a field of another type than it takes, or one that it does not know',
    'Correct the field; `message` says what is allowed.',
  ],
  TACTUS_TAGS_TOO_MANY: [
    'more tags than the limit',
    'Send fewer tags or attributes, or raise `TACTUS_MAX_TAGS`.',
  ],
  TACTUS_VALUE_NOT_FINITE: ['the value is NaN or infinite', 'Leave the point out instead.'],
  TACTUS_VALUE_TOO_LARGE: [
    'the size of the value is above 1e150, so that sums of such values would not fit into a number',
    'Send the value in a larger unit, or leave the point out.',
  ],
  TACTUS_TIMESTAMP_OUT_OF_RANGE: [
    'the timestamp is too old or too far in the future',
    'Send milliseconds since the epoch; see `TACTUS_MAX_AGE_MS` and `TACTUS_MAX_FUTURE_MS`.',
  ],
  TACTUS_TENANT_UNKNOWN: [
    'the tenant is unknown, and unknown tenants are refused',
    'Add it to `TENANTS_FILE`, or accept all with `TACTUS_UNKNOWN_TENANTS=accept`.',
  ],
  TACTUS_SERIES_LIMIT: [
    'the point belongs to a new series beyond the limit of live series',
    'Use fewer tag values, group by fewer tags, or raise the limit that `message` names.',
  ],
  TACTUS_MAPPING_FAILED: [
    'the event is accepted, and a mapping of `MAPPINGS_FILE` could not make its point of it',
    'Correct the mapping that `message` names, such as by a condition `when: has(attributes.amount)`, or what sends the event.',
  ],
  TACTUS_RECORD_UNWRITABLE: [
    'Kafka does not take what the record leads to',
    "`message` names the topic and says why. Where it is too large, raise the topic's `max.message.bytes` and replay the record.",
  ],
  TACTUS_ROW_REFUSED: [
    'a store refused the row because of its content',
    '`message` names the column and the reason.',
  ],
});

/** A request to the gateway or the API is refused as a whole because of itself. */
export const REQUEST_ERRORS = meanings(false, {
  TACTUS_CREDENTIALS_REFUSED: [
    'the request presents no key or token, or one that is not in force',
    'Send a key of `tactus keys create` as `Authorization: Bearer KEY`, or in another form that gateway and API take; or log in anew. Status 401.',
  ],
  TACTUS_NOT_ALLOWED: [
    'the key or user may not do this, or not for this tenant',
    'Use a key with the scope, or a user with the role, that the message names, for that tenant. Status 403.',
  ],
  TACTUS_LOGIN_REFUSED: [
    'user name, password or code is wrong, or the login has ended',
    'Log in again. Whether there is such a user is not said. Status 401.',
  ],
  TACTUS_SECOND_FACTOR_REQUIRED: [
    'the password is right, and the user has a second factor',
    'Log in again with `code` as the app shows it, or with a recovery code. Status 401.',
  ],
  TACTUS_PATH_UNKNOWN: [
    'there is no such path, or not for this method',
    'See the paths in `services/gateway/README.md` and `services/api/README.md`. Status 404 or 405.',
  ],
  TACTUS_REQUEST_INVALID: [
    'a parameter or a field of a request to the API is missing, unknown or not allowed',
    'Correct what the message names; it says what is allowed. Status 400; 408 where it took too long to be sent, 431 where address and headers are too large.',
  ],
  TACTUS_QUERY_TOO_LARGE: [
    'the answer would hold more than a request may ask for',
    'Ask for a shorter range, a coarser resolution or fewer series, as the message says. Status 400.',
  ],
  TACTUS_NOT_FOUND: [
    'what the request names does not exist, or not for this tenant',
    'List what there is. Status 404.',
  ],
  TACTUS_CONFLICT: [
    'what the request would make or change is there already, or another request of the same Idempotency-Key is at work',
    'Look at what there is, or use another name or Idempotency-Key. Status 409 or 422.',
  ],
  TACTUS_VERSION_MISMATCH: [
    'what the request would change was changed since it was read, or the request does not say which version it has read',
    'Read it again and send its `ETag` as `If-Match`. Status 412 or 428.',
  ],
  TACTUS_BODY_TOO_LARGE: [
    'the body is larger than the limit, as it is sent, unpacked or as records',
    'Send smaller requests, or raise the limit that the message names. Status 413.',
  ],
  TACTUS_BODY_UNSUPPORTED: [
    'the body has a type or an encoding that the path does not take',
    'Send one of those that the message names. Status 415.',
  ],
  TACTUS_BODY_UNDECODABLE: [
    'the body, or an item of it, is not what its type says',
    'Check the sender: the message says where reading it failed. Status 400.',
  ],
  TACTUS_PROMQL_INVALID: [
    'the expression is not valid PromQL, has types that do not fit or a function that is not evaluated, or a parameter of the query is wrong',
    'Correct what the message names; `services/api/prometheus/README.md` says what is supported. Status 400, `bad_data`.',
  ],
  TACTUS_PROMQL_FAILED: [
    'the expression cannot be evaluated over these series, or needs more of them or of their points than a query may',
    'Match labels so that they are unique, or select fewer series or a shorter range; the message names the limit. Status 422, `execution`.',
  ],
});

/** The set-up is wrong, or the program is: the process ends. */
export const SETUP_ERRORS = meanings(false, {
  TACTUS_CONFIG_INVALID: [
    'a configuration key is unknown or has a value that is not allowed',
    'Correct the key that the message names; it says what is allowed. Exit code 78.',
  ],
  TACTUS_CSV_INVALID: [
    'the CSV given to a command cannot be read',
    'Correct the line that the message names; it says what is allowed.',
  ],
  TACTUS_PREREQUISITE_MISSING: [
    'a program that Tactus needs is missing or too old',
    'Install what the message names.',
  ],
  TACTUS_EMBEDDED_FAILED: [
    'an embedded server did not start, or ended',
    "Read the lines of the server's log that are shown, and `.tactus/logs/`.",
  ],
  TACTUS_SCHEMA_INCOMPATIBLE: [
    'a schema change would break readers of earlier versions',
    'Make the change compatible, such as a new field with a default.',
  ],
  TACTUS_TOPIC_MISMATCH: [
    "a topic differs from its declaration in a way that can't be applied",
    'See `tactus topics plan`. Kafka cannot remove partitions: create the topic again. A changelog with fewer partitions than its input gets more as the message says. A worker ends with exit code 78.',
  ],
  TACTUS_CHECKPOINT_UNKNOWN: [
    'the checkpoint of a partition was written by a build that this one does not know',
    "Start the build that wrote it, or a newer one. To begin anew instead, without what it knows, set the group's offset with `kafka-consumer-groups.sh --reset-offsets`.",
  ],
  TACTUS_INVARIANT: ['a bug in Tactus', 'Report it, with the log.'],
});

/** A server cannot be reached, or refuses: the worker waits and tries again, and skips nothing. */
export const SERVER_ERRORS = meanings(true, {
  TACTUS_KAFKA_UNAVAILABLE: [
    'Kafka cannot be reached or answered with an error',
    'Bring Kafka back: the worker goes on by itself. `/readyz` gives the reason meanwhile.',
  ],
  TACTUS_ACCESS_REFUSED: [
    'a server refuses the login, the certificate or what the process wants to do, or its own certificate is not trusted',
    'Correct what the message names. A worker that starts, and a command, end with exit code 78; a worker that runs tries again, and `/readyz` gives the reason.',
  ],
  TACTUS_INSTANCE_ID_SHARED: [
    'two instances of a worker have one `TACTUS_INSTANCE_ID`',
    'Give each its own, and restart them. Until then one of them goes on under an id made up, and loses nothing.',
  ],
  TACTUS_OUTPUT_REFUSED: [
    'Kafka does not take a record or an offset that a worker wants to write',
    'See what the message says of topic or partition: that the worker may write there, the limit of a changelog (`max.message.bytes`), or that of the brokers for offsets (`offset.metadata.max.bytes`). The worker goes on by itself, and meanwhile with its other partitions.',
  ],
  TACTUS_OFFSET_LOST: [
    'the committed offset of a partition is gone, or behind what its group has committed before',
    'A group coordinator that still loads answers so for a moment. Otherwise the offsets of the group have expired (`offsets.retention.minutes`) or were deleted: set one, as the message says, with all instances of the worker stopped.',
  ],
  TACTUS_GATEWAY_OVERLOADED: [
    'the gateway has as much in flight, in all or of one tenant, as it may',
    'Send again after the time in `Retry-After`, as senders do by themselves. Where that goes on, start more gateways, or raise the limit that the message names. Status 503.',
  ],
  TACTUS_QUOTA_EXCEEDED: [
    'the request has more than its tenant, or its key, may send at this time',
    'Send again after the time in `Retry-After`, as senders do by themselves. Where that goes on, send less, or raise the quota of the tenant (`tactus tenants apply`). Status 429, or 503 where senders drop what is answered 429.',
  ],
  TACTUS_LOGIN_LIMITED: [
    'too many logins failed for this user from this address, or too many people log in at once',
    'Try again after the time in `Retry-After`. Nobody else is kept out by it. Status 429, or 503 where the API has too much to do.',
  ],
  TACTUS_OIDC_UNAVAILABLE: [
    'the identity provider cannot be reached, or its answer is not valid OpenID Connect',
    'Bring it back, or correct `TACTUS_OIDC_ISSUER`. Logins by password go on. Status 503.',
  ],
  TACTUS_REGISTRY_UNAVAILABLE: [
    'the schema registry cannot be reached or answered with an error',
    'Bring the registry back, or correct `SCHEMA_REGISTRY_URL`.',
  ],
  TACTUS_API_OVERLOADED: [
    'the API has as many live clients as it may, in all or of one tenant, which gets half of them; or as many bytes of answers that their clients do not read; or there is no room, or no time left, for one more subscription',
    'Ask or connect again after the time in `Retry-After`. Where that goes on, start more instances, or raise `TACTUS_API_LIVE_MAX_CLIENTS`. Status 503.',
  ],
  TACTUS_QUERY_TIMEOUT: [
    'a query of the API took longer than it may, or waited too long for others',
    'Ask for a shorter range or fewer series, or raise `TACTUS_API_QUERY_TIMEOUT_MS`. Status 503.',
  ],
  TACTUS_DATABASE_UNAVAILABLE: [
    'the database cannot be reached or answered with an error',
    'Bring the database back, or correct `DATABASE_URL`.',
  ],
  TACTUS_REDIS_UNAVAILABLE: [
    'Redis cannot be reached or answered with an error',
    'Bring Redis back, or correct `REDIS_URL`.',
  ],
  TACTUS_ARCHIVE_UNAVAILABLE: [
    'a file of the archive could not be written',
    'Make the folder or bucket of `TACTUS_ARCHIVE_URL` writable.',
  ],
  TACTUS_WEBHOOK_FAILED: [
    'a webhook target did not accept a delivery',
    'Repair the target: the delivery is repeated until it is accepted.',
  ],
  TACTUS_NOTIFICATION_FAILED: [
    'a channel did not accept a notification',
    'See what the channel answered in `message`; it is repeated for as long as the alert needs it.',
  ],
});

/** Another instance is at work; this one ends its part. */
export const FENCING_ERRORS = meanings(false, {
  TACTUS_FENCED: [
    'another instance has taken over this partition',
    'Nothing: the other instance goes on from the last commit.',
  ],
});

/** Every error code that Tactus can show. `shared/core/ERRORS.md` is generated from it. */
export const ERROR_CODES = {
  ...RECORD_ERRORS,
  ...REQUEST_ERRORS,
  ...SETUP_ERRORS,
  ...SERVER_ERRORS,
  ...FENCING_ERRORS,
};

export type ErrorCode = keyof typeof ERROR_CODES;
