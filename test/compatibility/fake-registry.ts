import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A schema registry that knows one schema, under the id 1 and under every subject. */
export async function fakeRegistry(
  schema: object = { type: 'string' },
): Promise<{ readonly url: string; close(): void }> {
  const answer = JSON.stringify({ id: 1, compatibilityLevel: 'BACKWARD', schema: JSON.stringify(schema) });
  const server = createServer((_, response) => response.end(answer));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
