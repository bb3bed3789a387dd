import type { Config } from '../../../config/load.js';
import { oauthTls } from '../../../config/security.js';
import { type Clock, type Millis, systemClock } from '../../../core/clock.js';
import { messageOf } from '../../../core/errors.js';
import { jsonObject } from '../../../core/json-object.js';
import { rememberSecret, Secret } from '../../../files/secret.js';
import { TlsMaterial } from '../../../files/tls-files.js';
import type { Logger } from '../../../process/logger.js';
import { type Fetch, secureFetch, textOf } from '../../security/secure-fetch.js';
import { tlsProblem } from '../../security/tls-problem.js';
import { LoginError, VARIABLES } from './login.js';
import { expiryOf, tokenInWords } from './token.js';

const REQUEST_TIMEOUT_MS: Millis = 5_000;
/** A token server's answer is a few kilobytes. */
const MAX_ANSWER_BYTES = 1_048_576;
/** A token is asked for anew when this part of its time is over: before the sessions are renewed that it began. */
const USED = 0.8;
/** Of a token that does not say when it ends. */
const DEFAULT_LIFETIME_S = 300;

/** Gives the token of each login. */
export interface TokenSource {
  /** @throws LoginError where it is for people to correct; another error where the token server is away */
  current(): Promise<string>;
  /** The broker does not take the token that was given last. */
  refused(): void;
  /** What to correct when tokens are refused. */
  readonly remedy: string;
}

export function tokenSource(config: Config, log: Logger): TokenSource {
  const { kafka } = config;
  if (kafka.oauthTokenUrl === '') return new GivenToken(config, log);
  const material = new TlsMaterial(oauthTls(config), log);
  return new AskedTokens(config, log, secureFetch(material));
}

/** A token that somebody else renews, in a file as a rule. */
class GivenToken implements TokenSource {
  readonly #token: Secret;
  readonly remedy: string;

  constructor({ kafka }: Config, log: Logger) {
    const { oauthToken, oauthTokenFile } = kafka;
    this.#token = new Secret(oauthToken, oauthTokenFile, (line) => log.warn(line));
    this.remedy = `renew that of ${VARIABLES}_OAUTH_TOKEN${oauthTokenFile === '' ? '' : '_FILE'}`;
  }

  async current(): Promise<string> {
    const token = this.#token.current;
    const expiry = expiryOf(token);
    if (expiry !== null && expiry <= systemClock.now())
      throw new LoginError(`the token for Kafka is of no use (${tokenInWords(token)}): ${this.remedy}`);
    return token;
  }

  refused(): void {}
}

/** Tokens by client credentials (RFC 6749, 4.4), each used for most of its time. */
export class AskedTokens implements TokenSource {
  readonly remedy =
    `correct what the token server gives to ${VARIABLES}_OAUTH_CLIENT_ID, or what the broker expects`;
  readonly #secret: Secret;
  #token = '';
  #renewAt: Millis = Number.NEGATIVE_INFINITY;
  /** The end of the token; in the past for one that a broker has refused. */
  #until: Millis = Number.NEGATIVE_INFINITY;
  #asking: Promise<string> | null = null;

  constructor(
    private readonly config: Config,
    private readonly log: Logger,
    private readonly fetch: Fetch,
    private readonly clock: Clock = systemClock,
  ) {
    const { oauthClientSecret, oauthClientSecretFile } = config.kafka;
    this.#secret = new Secret(oauthClientSecret, oauthClientSecretFile, (line) => log.warn(line));
  }

  async current(): Promise<string> {
    if (this.clock.now() < this.#renewAt) return this.#token;
    this.#asking ??= this.#ask()
      .catch((error: unknown) => this.#lastAfter(error))
      .finally(() => {
        this.#asking = null;
      });
    return await this.#asking;
  }

  refused(): void {
    this.#renewAt = Number.NEGATIVE_INFINITY;
    this.#until = Number.NEGATIVE_INFINITY;
  }

  /** A token server that is away for a while costs no login: the last token is good until its end. */
  #lastAfter(error: unknown): string {
    if (error instanceof LoginError || this.clock.now() >= this.#until) throw error;
    this.log.warn({ error }, `using the last token for Kafka until its end: ${messageOf(error)}`);
    return this.#token;
  }

  async #ask(): Promise<string> {
    const {
      oauthTokenUrl: url,
      oauthClientId: id,
      oauthScope: scope,
      oauthAudience: audience,
    } = this.config.kafka;
    const asked = this.clock.now();
    const at = new URL(url);
    const where = `the token server at ${at.origin}${at.pathname}`;
    // Both parts encoded as in forms (RFC 6749, 2.3.1).
    const user = `${encodeURIComponent(id)}:${encodeURIComponent(this.#secret.current)}`;
    let status: number;
    let text: string;
    try {
      const answer = await this.fetch(url, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          authorization: `Basic ${Buffer.from(user).toString('base64')}`,
        },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          ...(scope === '' ? {} : { scope }),
          ...(audience === '' ? {} : { audience }),
        }).toString(),
        redirect: 'error',
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      status = answer.status;
      text = await textOf(answer, MAX_ANSWER_BYTES);
    } catch (error) {
      const tls = tlsProblem(error, '');
      if (tls !== null)
        throw new LoginError(`${where}: ${tls.replace(/: .*/, '')}: correct ${VARIABLES}_OAUTH_CA_FILE`);
      const { cause } = error as { cause?: unknown };
      throw passing(`${where}: ${messageOf(cause ?? error)}`);
    }
    // An error page, as of a proxy, is none: the status says enough.
    const answer = jsonObject(text) ?? {};
    const token = answer.access_token;
    if (status === 400 || status === 401 || status === 403)
      throw new LoginError(
        `${where} refuses the client "${id}" (${status} ${String(answer.error ?? '')}): correct ${VARIABLES}_OAUTH_CLIENT_ID or ${VARIABLES}_OAUTH_CLIENT_SECRET`,
      );
    if (status !== 200 || typeof token !== 'string' || token === '')
      throw passing(`${where} gave no token (status ${status})`);
    rememberSecret(token);
    const lifetime = Number(answer.expires_in);
    const until =
      lifetime > 0 ? asked + lifetime * 1_000 : (expiryOf(token) ?? asked + DEFAULT_LIFETIME_S * 1_000);
    this.#token = token;
    this.#renewAt = asked + (until - asked) * USED;
    this.#until = until;
    return token;
  }
}

/** kafkajs tries again, and so does whoever waits for Kafka. Without a cause, which would be shown instead. */
function passing(message: string): Error {
  return Object.assign(new Error(message), { retriable: true });
}
