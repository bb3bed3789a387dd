import { hostname } from 'node:os';
import { Kafka, logLevel, type Mechanism, Partitioners } from 'kafkajs';
import type { Config } from '../../config/load.js';
import { tlsSettings } from '../../config/security.js';
import { messageOf, TactusError } from '../../core/errors.js';
import { TlsMaterial } from '../../files/tls-files.js';
import type { Logger } from '../../process/logger.js';
import { AnswerError } from './protocol/answers.js';
import './request-queue.js';
import { accessRefused, hintFor } from './security/access.js';
import { rootCause } from './security/root-cause.js';
import { saslOf } from './security/sasl.js';
import { socketFactory } from './socket.js';
import './tolerant-metadata.js';

const PINO_LEVEL = {
  [logLevel.NOTHING]: 'silent',
  [logLevel.ERROR]: 'debug',
  [logLevel.WARN]: 'debug',
  [logLevel.INFO]: 'debug',
  [logLevel.DEBUG]: 'trace',
} as const;

/** What secures the connections of a process. */
interface Security {
  readonly tls: TlsMaterial | null;
  readonly sasl: Mechanism | undefined;
}

/** One for all clients of a process, so that they share tokens. */
const securities = new WeakMap<Config, Security>();

function securityOf(config: Config, log: Logger): Security {
  const known = securities.get(config);
  if (known !== undefined) return known;
  const settings = tlsSettings(config, 'kafka', (line) => log.warn(line));
  const security = {
    tls: settings === null ? null : new TlsMaterial(settings, log),
    sasl: saslOf(config, log),
  };
  securities.set(config, security);
  return security;
}

/**
 * The Kafka client of a process. Its messages are logged at a lower level: the code around it retries what
 * it reports as an error, and logs that itself.
 */
export function createKafka({ config, log }: { config: Config; log: Logger }): Kafka {
  const { tls, sasl } = securityOf(config, log);
  return new Kafka({
    clientId: `tactus-${hostname()}-${process.pid}`,
    brokers: config.kafka.brokers.split(',').map((broker) => broker.trim()),
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    socketFactory: socketFactory(tls, sasl !== undefined),
    ...(sasl === undefined ? {} : { sasl }),
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

const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_TRANSACTION_STATE']);
const REFUSED = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_TOPIC_EXCEPTION']);

/**
 * Classifies an error of kafkajs by its root cause: no access, fenced, refused, or a server problem. The last is
 * the default, so that no record is skipped because of an unknown error.
 */
export function kafkaError(error: unknown, doing: string): TactusError {
  if (error instanceof TactusError) return error;
  const refused = accessRefused(error, doing);
  if (refused !== null) return refused;
  const root = rootCause(error);
  const type = root?.type ?? '';
  const message = `${doing}: ${messageOf(root)}${hintFor(root)}`;
  const remedy = root instanceof AnswerError ? root.remedy : null;
  if (FENCED.has(type) || remedy === 'fenced')
    return new TactusError('TACTUS_FENCED', message, { cause: error });
  if (REFUSED.has(type) || remedy === 'refused')
    return new TactusError('TACTUS_OUTPUT_REFUSED', message, { cause: error });
  return new TactusError('TACTUS_KAFKA_UNAVAILABLE', message, { cause: error });
}
