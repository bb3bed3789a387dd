import { filePath, optionalUrl, pairs, text } from './formats.js';
import { secret } from './security.js';

/** Who this process is to Kafka, by SASL. */
export const kafkaLogin = {
  saslMechanism: {
    doc: 'How this process logs in; none: by its certificate, or not at all',
    format: ['none', 'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'],
    default: 'none',
    env: 'TACTUS_KAFKA_SASL_MECHANISM',
  },
  saslUsername: {
    doc: 'User for PLAIN and SCRAM',
    format: text(),
    default: '',
    env: 'TACTUS_KAFKA_SASL_USERNAME',
  },
  ...secret('saslPassword', 'TACTUS_KAFKA_SASL_PASSWORD', 'Password for PLAIN and SCRAM'),
  ...secret('oauthToken', 'TACTUS_KAFKA_OAUTH_TOKEN', 'Token for OAUTHBEARER, instead of asking for one'),
  oauthTokenUrl: {
    doc: 'Where a token for OAUTHBEARER is asked for by client credentials (RFC 6749, 4.4)',
    format: optionalUrl('http', 'https'),
    default: '',
    env: 'TACTUS_KAFKA_OAUTH_TOKEN_URL',
    address: true,
  },
  oauthClientId: {
    doc: 'Client that asks for tokens',
    format: text(),
    default: '',
    env: 'TACTUS_KAFKA_OAUTH_CLIENT_ID',
  },
  ...secret('oauthClientSecret', 'TACTUS_KAFKA_OAUTH_CLIENT_SECRET', 'Secret of that client'),
  oauthScope: {
    doc: 'Scope of the tokens that are asked for',
    format: text(),
    default: '',
    env: 'TACTUS_KAFKA_OAUTH_SCOPE',
  },
  oauthAudience: {
    doc: 'Audience of the tokens that are asked for, where the server expects one',
    format: text(),
    default: '',
    env: 'TACTUS_KAFKA_OAUTH_AUDIENCE',
  },
  oauthExtensions: {
    doc: 'SASL extensions that go with a token',
    format: pairs,
    default: '',
    env: 'TACTUS_KAFKA_OAUTH_EXTENSIONS',
  },
  oauthCaFile: {
    doc: 'Certificates of the authorities that the token server is trusted by, instead of the public ones, in PEM; read again when it changes',
    format: filePath,
    default: '',
    env: 'TACTUS_KAFKA_OAUTH_CA_FILE',
  },
};
