import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfluentRegistry } from '../../../shared/adapters/registry/confluent-registry.js';
import { archiveFlags } from './archive-flags.js';
import type { ServerSpec } from './child-server.js';
import type { Place } from './place.js';

/** Path of the Confluent-compatible API of the embedded registry. */
export const REGISTRY_API = '/apis/ccompat/v7';

/** Apicurio with its schemas in an H2 file of the data folder. */
export function registryServer(options: {
  dataDir: string;
  jar: () => Promise<string>;
  /** See `class-archives.ts`. */
  archive: string | null;
  place: Place;
  port: number;
}): ServerSpec {
  const { dataDir, jar, archive, place, port } = options;
  const folder = join(dataDir, 'registry');
  return {
    name: 'registry',
    place,
    port,
    command: async () => {
      mkdirSync(folder, { recursive: true });
      const settings = {
        'quarkus.http.host': place.host,
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
          ...archiveFlags(archive),
          ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`),
          '-jar',
          await jar(),
        ],
      };
    },
    probe: async () => {
      const address = `http://${place.host}:${port}${REGISTRY_API}`;
      await new ConfluentRegistry(address, { timeoutMs: 2_000 }).subjects();
    },
  };
}
