import { createServer, connect as open, type Server } from 'node:net';

/** Passes connections on to another address, so that a server is where a deployment expects it. */
export async function forward(
  host: string,
  port: number,
  to: { host: string; port: number },
): Promise<Server> {
  const server = createServer((inner) => {
    const outer = open(to);
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      one.pipe(other);
      one.once('error', () => other.destroy());
      one.once('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}
