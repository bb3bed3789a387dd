import { createRequire } from 'node:module';
import type { Authenticator, AuthenticationProviderArgs as Given, Mechanism } from 'kafkajs';
import type { Config } from '../../../config/load.js';
import { messageOf } from '../../../core/errors.js';
import { Secret } from '../../../files/secret.js';
import type { Logger } from '../../../process/logger.js';
import { bearerLogin } from './bearer-login.js';
import { type Login, LoginError, VARIABLES } from './login.js';
import type { Preparable } from './session.js';
import { tokenSource } from './tokens.js';
import './session.js';

const require = createRequire(import.meta.url);

type Provider = Mechanism['authenticationProvider'];

type WithPassword = (user: { readonly username: string; readonly password: string }) => Provider;

const providerOf = (file: string) =>
  require(`kafkajs/src/broker/saslAuthenticator/${file}.js`) as WithPassword;

/** kafkajs's own logins with user and password. */
const WITH_PASSWORD: Readonly<Record<string, WithPassword>> = {
  PLAIN: providerOf('plain'),
  'SCRAM-SHA-256': providerOf('scram256'),
  'SCRAM-SHA-512': providerOf('scram512'),
};

/** How connections log in; undefined where they do not. Secrets are read anew for each login. */
export function saslOf(config: Config, log: Logger): (Mechanism & Preparable) | undefined {
  const { saslMechanism: mechanism, saslUsername: username } = config.kafka;
  if (mechanism === 'none') return undefined;
  const withPassword = WITH_PASSWORD[mechanism];
  if (withPassword === undefined) {
    const tokens = tokenSource(config, log);
    const login = bearerLogin(tokens, config.kafka.oauthExtensions);
    return {
      mechanism,
      prepare: async () => {
        await tokens.current();
      },
      authenticationProvider: (given) => loggingIn(given, login),
    };
  }
  const { saslPassword, saslPasswordFile } = config.kafka;
  const password = new Secret(saslPassword, saslPasswordFile, (line) => log.warn(line));
  const file = saslPasswordFile === '' ? '' : '_FILE';
  const remedy = `correct ${VARIABLES}_SASL_USERNAME or ${VARIABLES}_SASL_PASSWORD${file}`;
  const refusal = (at: string, why: string) =>
    new LoginError(`Kafka at ${at} refuses the user "${username}" with ${mechanism} (${why}): ${remedy}`);
  const login = (given: Given) =>
    withPassword({ username, password: password.current })(given).authenticate();
  return {
    mechanism,
    authenticationProvider: (given) => loggingIn(given, { login, refusal }),
  };
}

/**
 * kafkajs makes one error of whatever ends a login. Here a connection that breaks in the middle stays what it is, and
 * passes; a refusal says who was refused by whom.
 */
function loggingIn(given: Given, { login, refusal }: Login): Authenticator {
  return {
    authenticate: async () => {
      let ofConnection: unknown;
      const saslAuthenticate: Given['saslAuthenticate'] = async (args) => {
        try {
          return await given.saslAuthenticate(args);
        } catch (error) {
          if ((error as { type?: string }).type !== 'SASL_AUTHENTICATION_FAILED') ofConnection = error;
          throw error;
        }
      };
      try {
        await login({ ...given, saslAuthenticate });
      } catch (error) {
        if (ofConnection !== undefined) throw ofConnection;
        if (error instanceof LoginError || (error as { retriable?: boolean }).retriable === true) throw error;
        throw refusal(`${given.host}:${given.port}`, messageOf(error).replace(/^SASL .*? failed: /, ''));
      }
    },
  };
}
