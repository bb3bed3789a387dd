import { loadConfig } from '../../shared/config/load.js';
import { statusUrl } from '../../shared/process/status-server.js';
import { freePort, isFree } from './embedded/ports.js';

/** A worker that is asked over HTTP. */
export interface Edge {
  readonly port: number;
  readonly url: string;
}

/**
 * Where the gateway and the API of this machine listen: at their usual ports, or at free ones where something else has
 * these. A port that is set is the gateway's, and is taken as it is.
 */
export async function edgeAddresses(
  env: NodeJS.ProcessEnv,
): Promise<Readonly<Record<'gateway' | 'api', Edge>>> {
  const { HTTP_PORT: given = '', ...rest } = env;
  const gateway = await edgeAddress(loadConfig(env).gateway, given !== '', new Set());
  // One variable sets both ports, and two workers cannot have the same.
  const api = await edgeAddress(loadConfig(rest).api, false, new Set([gateway.port]));
  return { gateway, api };
}

interface EdgeConfig {
  readonly httpHost: string;
  readonly httpPort: number;
  readonly tlsCertFile: string;
}

/** The address of an edge that is configured so. */
export function edgeUrl({ httpHost: host, httpPort: port, tlsCertFile }: EdgeConfig): string {
  const url = statusUrl({ host, port });
  return tlsCertFile === '' ? url : url.replace('http:', 'https:');
}

async function edgeAddress(config: EdgeConfig, given: boolean, taken: ReadonlySet<number>): Promise<Edge> {
  const { httpPort } = config;
  const usual = httpPort !== 0 && (given || (!taken.has(httpPort) && (await isFree(httpPort))));
  const port = usual ? httpPort : await freePort(taken);
  return { port, url: edgeUrl({ ...config, httpPort: port }) };
}
