/** What errors of kafkajs have, as far as they have it. */
export interface KafkaError {
  readonly name?: string;
  /** Kafka's name of an error that a broker answered with. */
  readonly type?: string;
  /** `host:port`, of errors of connections. */
  readonly broker?: string;
  readonly cause?: unknown;
  readonly originalError?: unknown;
  readonly errors?: readonly unknown[];
}

/** kafkajs wraps errors after its last retry, and several of one request; only the innermost one names the reason. */
export function rootCause(error: unknown): KafkaError {
  let root = error as KafkaError;
  for (let depth = 0; depth < 10; depth++) {
    const inner = root.cause ?? root.originalError ?? root.errors?.[0];
    if (!(inner instanceof Error) || inner === root) return root;
    root = inner as KafkaError;
  }
  return root;
}
