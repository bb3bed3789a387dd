import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedServer, startStack } from '../../../../services/up/embedded/stack.js';

/** A Redis of a test's own, empty, that the test may break. */
export interface TestRedis {
  readonly url: string;
  readonly server: EmbeddedServer;
  stop(): Promise<void>;
}

export async function startRedis(): Promise<TestRedis> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tactus-redis-'));
  const stack = await startStack({ dataDir, only: ['redis'] });
  return {
    url: stack.env.REDIS_URL,
    server: stack.servers.redis,
    stop: async () => {
      await stack.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
