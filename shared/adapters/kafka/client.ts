import { hostname } from 'node:os';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import type { Config } from '../../config/load.js';
import { messageOf, TactusError } from '../../core/errors.js';
import type { Logger } from '../../process/logger.js';
import './request-queue.js';
import { socketFactory } from './socket.js';

const PINO_LEVEL = {
  [logLevel.NOTHING]: 'silent',
  [logLevel.ERROR]: 'debug',
  [logLevel.WARN]: 'debug',
  [logLevel.INFO]: 'debug',
  [logLevel.DEBUG]: 'trace',
} as const;

/**
 * The Kafka client of a process. Its own logs go into ours one level lower: what it calls an
 * error is retried by the code around it, which says so itself.
 */
export function createKafka({ config, log }: { config: Config; log: Logger }): Kafka {
  return new Kafka({
    clientId: `tactus-${hostname()}-${process.pid}`,
    brokers: config.kafka.brokers.split(',').map((broker) => broker.trim()),
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    socketFactory,
    // Callers retry for ever with their own back-off; inside, only blips are smoothed over.
    retry: { initialRetryTime: 20, maxRetryTime: 1_000, retries: 6 },
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => {
      const { message, timestamp: _, logger: __, ...rest } = entry.log;
      log[PINO_LEVEL[entry.level]]({ kafka: rest }, `kafka client: ${message}`);
    },
  });
}

/** Java's default partitioner (murmur2 of the key), so that any client finds a key's partition. */
export const partitioner = Partitioners.DefaultPartitioner;

interface KafkaError {
  readonly name?: string;
  readonly type?: string;
  readonly cause?: unknown;
  readonly originalError?: unknown;
}

const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_TRANSACTION_STATE']);
const OWN_FAULT = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_TOPIC_EXCEPTION']);

/**
 * Sorts what kafkajs throws by its root cause: fenced, a fault that waiting does not cure, or a
 * server that is not well. The last is the default: nothing is skipped for an unknown error.
 */
export function kafkaError(error: unknown, doing: string): TactusError {
  if (error instanceof TactusError) return error;
  const root = rootCause(error as KafkaError);
  const type = root?.type ?? '';
  const message = `${doing}: ${messageOf(root)}`;
  if (FENCED.has(type)) return new TactusError('TACTUS_FENCED', message, { cause: error });
  if (OWN_FAULT.has(type)) return new TactusError('TACTUS_INVARIANT', message, { cause: error });
  return new TactusError('TACTUS_KAFKA_UNAVAILABLE', message, { cause: error });
}

/** kafkajs wraps what it gave up on; only the innermost error says why. */
function rootCause(error: KafkaError): KafkaError {
  let root = error;
  for (let depth = 0; depth < 10; depth++) {
    const inner = root.cause ?? root.originalError;
    if (!(inner instanceof Error) || inner === root) return root;
    root = inner as KafkaError;
  }
  return root;
}
