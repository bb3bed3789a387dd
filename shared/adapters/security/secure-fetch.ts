import { Agent, buildConnector, fetch } from 'undici';
import type { Millis } from '../../core/clock.js';
import type { TlsMaterial } from '../../files/tls-files.js';

const CONNECT_TIMEOUT_MS: Millis = 5_000;

export type Fetch = typeof fetch;
export type Answer = Awaited<ReturnType<Fetch>>;

/**
 * `fetch` over connections with certificates of its own, which each new connection asks for anew.
 *
 * @param material null for what Node does by itself
 */
export function secureFetch(material: TlsMaterial | null): Fetch {
  const dispatcher = material === null ? new Agent() : securedAgent(material);
  return (input, init) => fetch(input, { ...init, dispatcher });
}

/**
 * The body of an answer.
 *
 * @throws Error when it has more than `maxBytes`
 */
export async function textOf(answer: Answer, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`an answer of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function securedAgent(material: TlsMaterial): Agent {
  return new Agent({
    connect: (options, done) => {
      let connect: buildConnector.connector;
      try {
        connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, ...material.options(options.hostname) });
      } catch (error) {
        done(error as Error, null);
        return;
      }
      connect(options, done);
    },
  });
}
