import type { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import type { Millis } from '../../core/clock.js';
import { messageOf, TactusError } from '../../core/errors.js';
import { jsonObject } from '../../core/json-object.js';
import { type Answer, type Fetch, textOf } from '../security/secure-fetch.js';
import { tlsProblem } from '../security/tls-problem.js';

type Middleware = NonNullable<ConstructorParameters<typeof SchemaRegistry>[0]['middlewares']>[number];
type Responder = NonNullable<ReturnType<Middleware>['response']>;
type Request = Parameters<Responder>[2];
type LibraryResponse = Awaited<ReturnType<Responder>>;

/** A registry's own limit on schemas is that of a Kafka record, 1 MB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const ACCEPT = 'application/vnd.schemaregistry.v1+json';

/** How requests reach the registry. */
export interface RegistryTransport {
  readonly timeoutMs: Millis;
  readonly fetch: Fetch;
  /** The header of the same name; null for none. Asked for with each request. */
  readonly authorization: () => string | null;
}

/** An error that the registry itself answered with; the library looks at `status`. */
export class RegistryRefusal extends Error {
  override readonly name = 'RegistryRefusal';

  /** @param status what the API's error code says, which need not be the HTTP status of the answer */
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** What a good answer to a call holds: the library takes the lack of it for a value. */
const HOLDS: Readonly<Record<string, (answer: Readonly<Record<string, unknown>>) => boolean>> = {
  all: (answer) => Array.isArray(answer),
  find: ({ schema }) => typeof schema === 'string',
  latestVersion: ({ schema }) => typeof schema === 'string',
  registered: ({ id }) => Number.isInteger(id),
  register: ({ id }) => Number.isInteger(id),
  config: ({ compatibilityLevel }) => typeof compatibilityLevel === 'string',
  compatible: ({ is_compatible }) => typeof is_compatible === 'boolean',
};

/**
 * Sends the library's requests and lets only the registry's own answers through to it.
 *
 * It takes the place of the library's transport and of its error handling instead of wrapping them,
 * since they hide what is needed here: version 4.1.0 drops the API's error code (a proxy's 404 looks
 * like an unknown schema), ends the process on an error answer `null`, waits for ever for an answer
 * that is cut short, follows no redirect, and takes `hello` for a schema. `library.test.ts` shows
 * each of these; when one of them fails, this can get smaller.
 */
export function registryAnswers(
  transport: RegistryTransport,
  withoutSecrets: (text: string) => string,
): Middleware {
  return ({ resourceMethod }) => ({
    response: async (_next, _renew, request) => {
      const doing = `${request.method().toUpperCase()} ${request.url()}`;
      const unavailable = (why: string, cause?: unknown) =>
        new TactusError('TACTUS_REGISTRY_UNAVAILABLE', withoutSecrets(`${doing}: ${why}`), { cause });
      const refused = (why: string, cause?: unknown) =>
        new TactusError('TACTUS_ACCESS_REFUSED', withoutSecrets(`${doing}: ${why}`), { cause });
      let status: number;
      let text: string;
      try {
        const response = await send(request, transport);
        status = response.status;
        text = await textOf(response, MAX_ANSWER_BYTES);
      } catch (error) {
        const tls = tlsProblem(error, 'TACTUS_REGISTRY');
        if (tls !== null) throw refused(tls, error);
        const { cause } = error as { cause?: unknown };
        throw unavailable(messageOf(cause ?? error), error);
      }
      const answer = jsonObject(text);
      if (status === 200 && answer !== null && (HOLDS[resourceMethod]?.(answer) ?? true))
        // The library and its users call nothing else on it.
        return { data: () => answer } as unknown as LibraryResponse;
      const code = answer?.error_code;
      if (status === 401 || status === 403)
        throw refused(
          `the registry refuses access (status ${status} ${text.slice(0, 200)}): correct TACTUS_REGISTRY_USERNAME and TACTUS_REGISTRY_PASSWORD, or TACTUS_REGISTRY_TOKEN`,
        );
      // Server errors (50001 and so on) are no answers.
      if (status < 400 || status >= 500 || typeof code !== 'number')
        throw unavailable(`status ${status} ${text.slice(0, 200)}`);
      throw new RegistryRefusal(kindOf(code), withoutSecrets(String(answer?.message ?? `error ${code}`)));
    },
  });
}

function send(request: Request, { fetch, timeoutMs, authorization }: RegistryTransport): Promise<Answer> {
  const login = authorization();
  const body = request.body();
  return fetch(request.url(), {
    method: request.method().toUpperCase(),
    headers: {
      accept: ACCEPT,
      ...(request.headers() as Record<string, string>),
      ...(login === null ? {} : { authorization: login }),
    },
    signal: AbortSignal.timeout(timeoutMs),
    ...(typeof body === 'string' ? { body } : {}),
  });
}

/** Confluent's codes are a status with two more digits (40403), or a bare status (409). */
function kindOf(code: number): number {
  return code < 1_000 ? code : Math.trunc(code / 100);
}
