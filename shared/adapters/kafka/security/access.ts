import { messageOf, TactusError } from '../../../core/errors.js';
import { tlsProblem } from '../../security/tls-problem.js';
import { AnswerError, nameOf } from '../protocol/answers.js';
import { wantedBy } from './listener.js';
import { LoginError, VARIABLES } from './login.js';
import { type KafkaError, rootCause } from './root-cause.js';

/** What a principal may not do, by the name of the broker's error. */
const NOT_PERMITTED: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: 'the topic',
  GROUP_AUTHORIZATION_FAILED: 'the consumer group',
  CLUSTER_AUTHORIZATION_FAILED: 'the cluster',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'the transactional id',
};

/**
 * The error where Kafka refuses who this process is or what it wants to do, or shows a certificate that is not
 * trusted; null for any other.
 *
 * @param doing as of `kafkaError`
 */
export function accessRefused(error: unknown, doing: string): TactusError | null {
  const root = rootCause(error);
  const why = reasonOf(root, doing);
  return why === null ? null : new TactusError('TACTUS_ACCESS_REFUSED', why, { cause: error });
}

function reasonOf(root: KafkaError, doing: string): string | null {
  if (root instanceof LoginError) return root.message;
  const tls = tlsProblem(root, VARIABLES);
  if (tls !== null) return `Kafka at ${root.broker ?? 'an unknown address'}: ${tls}`;
  const wanted = root.broker === undefined ? null : wantedBy(root.broker);
  if (wanted !== null) return `Kafka at ${root.broker}${wanted}`;
  const type = root instanceof AnswerError ? nameOf(root.code) : (root.type ?? '');
  const what = NOT_PERMITTED[type];
  // An answer of our own requests knows which topic and partition it is about.
  const where = root instanceof AnswerError ? root.doing : doing;
  if (what !== undefined)
    return `${where}: Kafka does not permit it on ${what} (${type}): give the principal what \`tactus acls list\` shows for this worker`;
  if (type === 'UNSUPPORTED_SASL_MECHANISM')
    return `${doing}: ${messageOf(root)}: set ${VARIABLES}_SASL_MECHANISM to one that the listener of KAFKA_BROKERS takes`;
  return null;
}

/** What may be behind an error that also passes by itself where a broker is restarted; empty for others. */
export function hintFor(root: KafkaError): string {
  const message = messageOf(root);
  if (/^Closed connection|Connection closed by the server/.test(message))
    return `; if it stays so, the listener wants TLS or a login (${VARIABLES}_TLS, ${VARIABLES}_SASL_MECHANISM)`;
  if (/before secure TLS connection was established/.test(message))
    return `; if it stays so, the listener does not speak TLS (${VARIABLES}_TLS…), or KAFKA_BROKERS names the wrong port`;
  if (root.type === 'ILLEGAL_SASL_STATE')
    return `; if it stays so, the listener takes no login (${VARIABLES}_SASL_MECHANISM)`;
  return '';
}
