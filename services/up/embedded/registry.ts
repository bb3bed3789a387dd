import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfluentRegistry } from '../../../shared/adapters/registry/confluent-registry.js';
import type { ServerSpec } from './child-server.js';

/** Path of the Confluent-compatible API of the embedded registry. */
export const REGISTRY_API = '/apis/ccompat/v7';

/** Apicurio with its schemas in an H2 file of the data folder, on the loopback address only. */
export function registryServer(options: {
  dataDir: string;
  jar: () => Promise<string>;
  port: number;
}): ServerSpec {
  const { dataDir, jar, port } = options;
  const folder = join(dataDir, 'registry');
  return {
    name: 'registry',
    port,
    command: async () => {
      mkdirSync(folder, { recursive: true });
      const settings = {
        'quarkus.http.host': '127.0.0.1',
        'quarkus.http.port': port,
        'quarkus.http.access-log.enabled': false,
        'quarkus.log.category."io.apicurio".level': 'WARN',
        'apicurio.storage.kind': 'sql',
        'apicurio.storage.sql.kind': 'h2',
        // What was acknowledged is in the file, also when the process is killed right after.
        'apicurio.datasource.url': `jdbc:h2:file:${join(folder, 'schemas')};WRITE_DELAY=0`,
        'apicurio.ccompat.max-subjects': 100_000,
      };
      return {
        file: 'java',
        args: [
          '-Xmx256m',
          '-XX:+UseSerialGC',
          '-XX:TieredStopAtLevel=1',
          '-XX:+ExitOnOutOfMemoryError',
          ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`),
          '-jar',
          await jar(),
        ],
      };
    },
    probe: async () => {
      const address = `http://127.0.0.1:${port}${REGISTRY_API}`;
      await new ConfluentRegistry(address, { timeoutMs: 2_000 }).subjects();
    },
  };
}
