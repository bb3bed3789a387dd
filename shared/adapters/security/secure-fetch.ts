import { Agent, buildConnector, fetch } from 'undici';
import type { Millis } from '../../core/clock.js';
import type { TlsMaterial } from '../../files/tls-files.js';

const CONNECT_TIMEOUT_MS: Millis = 5_000;

export type Fetch = typeof fetch;

/**
 * `fetch` over connections with certificates of its own, which each new connection asks for anew.
 *
 * @param material null for what Node does by itself
 */
export function secureFetch(material: TlsMaterial | null): Fetch {
  const dispatcher = material === null ? new Agent() : securedAgent(material);
  return (input, init) => fetch(input, { ...init, dispatcher });
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
