import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../shared/files/package-root.js';
import { isIntegration, reaches, select } from '../runner/selection.js';

const root = packageRoot();
const folder = join(root, 'dist', 'test');
const { files } = select([], folder, join(root, 'test'));
/** Modules by which a test file comes to a server, or to programs that are fetched first. */
const SERVERS = [
  'support/servers.js',
  'support/worker-process.js',
  'support/prometheus.js',
  'support/kubernetes/tools.js',
  'support/secured/kafka.js',
  'support/native-postgres.js',
  'support/secured/redis.js',
  '../services/up/embedded/stack.js',
  '../services/up/embedded/bridge.js',
  'services/up/embedded/processes.js',
];

describe('test files', () => {
  it('are integration tests by their name exactly when they come to a server', () => {
    const wrong = files.filter(
      (file) => isIntegration(file) !== SERVERS.some((module) => reaches(file, folder, module)),
    );
    assert.deepEqual(wrong, []);
  });

  it('lie where the code lies that they are about', () => {
    const mirrored = files.filter((file) => /^(services|shared)\//.test(file)).map(dirname);
    assert.deepEqual(
      [...new Set(mirrored)].filter((path) => !existsSync(join(root, path))),
      [],
    );
  });
});
