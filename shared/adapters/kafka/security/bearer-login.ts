import type { AuthenticationProviderArgs as Given } from 'kafkajs';
import { type Login, LoginError } from './login.js';
import { tokenInWords } from './token.js';
import type { TokenSource } from './tokens.js';

const SEPARATOR = '\u0001';
/** What a client answers to the reasons of a refusal, which then follows (RFC 7628, 3.2.3). */
const GO_ON = Buffer.of(1);
const SIZE_BYTES = 4;

/**
 * A login with a token (RFC 7628). kafkajs's takes the reasons that a broker gives for its refusal for success, and the
 * connection ends at the next request.
 *
 * @param extensions as `name=value` pairs separated by commas
 */
export function bearerLogin(tokens: TokenSource, extensions: string): Login {
  const more = extensions === '' ? [] : extensions.split(',');
  const login = async ({ saslAuthenticate, host, port }: Given) => {
    const token = await tokens.current();
    const message = ['n,,', `auth=Bearer ${token}`, ...more, '', ''].join(SEPARATOR);
    const reasons = await ask(saslAuthenticate, Buffer.from(message));
    if (reasons === '') return;
    tokens.refused();
    await ask(saslAuthenticate, GO_ON).catch((error: unknown) => {
      if ((error as { type?: string }).type !== 'SASL_AUTHENTICATION_FAILED') throw error;
    });
    throw refusalOf(`${host}:${port}`, reasons, token);
  };
  const refusalOf = (at: string, why: string, token: string) =>
    new LoginError(`Kafka at ${at} refuses the token (${why}; ${tokenInWords(token)}): ${tokens.remedy}`);
  return {
    login,
    refusal: (at, why) => new LoginError(`Kafka at ${at} refuses the token (${why}): ${tokens.remedy}`),
  };
}

/** The answer in words; empty for success. */
async function ask(saslAuthenticate: Given['saslAuthenticate'], bytes: Buffer): Promise<string> {
  const sized = Buffer.alloc(SIZE_BYTES + bytes.length);
  sized.writeInt32BE(bytes.length);
  bytes.copy(sized, SIZE_BYTES);
  const answer = await saslAuthenticate({
    request: { encode: async () => sized },
    response: { decode: async (given) => given, parse: async (given) => given },
  });
  return (answer as Buffer | undefined)?.subarray(SIZE_BYTES).toString() ?? '';
}
