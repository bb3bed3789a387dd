import { hostname } from 'node:os';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import type { Config } from '../../config/load.js';
import { messageOf, TactusError } from '../../core/errors.js';
import type { Logger } from '../../process/logger.js';
import { AnswerError } from './protocol/answers.js';
import './request-queue.js';
import { socketFactory } from './socket.js';
import './tolerant-metadata.js';

const PINO_LEVEL = {
  [logLevel.NOTHING]: 'silent',
  [logLevel.ERROR]: 'debug',
  [logLevel.WARN]: 'debug',
  [logLevel.INFO]: 'debug',
  [logLevel.DEBUG]: 'trace',
} as const;

/**
 * The Kafka client of a process. Its messages are logged at a lower level: the code around it retries what
 * it reports as an error, and logs that itself.
 */
export function createKafka({ config, log }: { config: Config; log: Logger }): Kafka {
  return new Kafka({
    clientId: `tactus-${hostname()}-${process.pid}`,
    brokers: config.kafka.brokers.split(',').map((broker) => broker.trim()),
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    socketFactory,
    // Callers retry for ever with their own back-off; these only bridge short failures.
    retry: { initialRetryTime: 20, maxRetryTime: 1_000, retries: 6 },
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => {
      const { message, timestamp: _, logger: __, ...rest } = entry.log;
      log[PINO_LEVEL[entry.level]]({ kafka: rest }, `kafka client: ${message}`);
    },
  });
}

/** Java's default partitioner (murmur2 of the key), so that every client computes the same partition. */
export const partitioner = Partitioners.DefaultPartitioner;

interface KafkaError {
  readonly name?: string;
  readonly type?: string;
  readonly cause?: unknown;
  readonly originalError?: unknown;
}

const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_TRANSACTION_STATE']);
const REFUSED = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_TOPIC_EXCEPTION']);

/**
 * Classifies an error of kafkajs by its root cause: fenced, refused, or a server problem. The last is
 * the default, so that no record is skipped because of an unknown error.
 */
export function kafkaError(error: unknown, doing: string): TactusError {
  if (error instanceof TactusError) return error;
  const root = rootCause(error as KafkaError);
  const type = root?.type ?? '';
  const message = `${doing}: ${messageOf(root)}`;
  const remedy = root instanceof AnswerError ? root.remedy : null;
  if (FENCED.has(type) || remedy === 'fenced')
    return new TactusError('TACTUS_FENCED', message, { cause: error });
  if (REFUSED.has(type) || remedy === 'refused')
    return new TactusError('TACTUS_OUTPUT_REFUSED', message, { cause: error });
  return new TactusError('TACTUS_KAFKA_UNAVAILABLE', message, { cause: error });
}

/** kafkajs wraps errors after its last retry; only the innermost one names the reason. */
function rootCause(error: KafkaError): KafkaError {
  let root = error;
  for (let depth = 0; depth < 10; depth++) {
    const inner = root.cause ?? root.originalError;
    if (!(inner instanceof Error) || inner === root) return root;
    root = inner as KafkaError;
  }
  return root;
}
