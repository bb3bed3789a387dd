import { loadConfig } from '../../shared/config/load.js';
import { statusUrl } from '../../shared/process/status-server.js';
import { freePort, isFree } from './embedded/ports.js';

/**
 * Where the gateway of this machine listens: at its usual port, or at a free one where something else has that. A port
 * that is set is taken as it is.
 */
export async function gatewayAddress(
  env: NodeJS.ProcessEnv,
): Promise<{ readonly port: number; readonly url: string }> {
  const { httpHost: host, httpPort, tlsCertFile } = loadConfig(env).gateway;
  const given = (env.HTTP_PORT ?? '') !== '' && httpPort !== 0;
  const port = given || (httpPort !== 0 && (await isFree(httpPort))) ? httpPort : await freePort();
  const url = statusUrl({ host, port });
  return { port, url: tlsCertFile === '' ? url : url.replace('http:', 'https:') };
}
