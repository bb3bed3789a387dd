import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../shared/files/package-root.js';
import { pointOf } from '../support/point.js';
import { StageChain } from '../support/stage-chain.js';
import { filesRunBy } from '../support/walk.js';

const MAX_FILES = 40;
const MAX_LINES = 400;
const GENERATED = ['services/dashboard/api/operations.ts'];
const NOON = 1_700_049_600_000;
const RULES = `
rules:
  - name: HotHost
    on: window
    window: 10s
    expr: mean > 90.0
    severity: critical
`;
/** Stands for the log, from which the workers read. */
const LOG = 'shared/core/array-batch';

describe('the way of one point', () => {
  it(`from ingest.metrics to a notification runs code in at most ${MAX_FILES} files`, async () => {
    const only = ['ingest', 'windowing', 'rules', 'notifier'] as const;
    const chain = new StageChain({ now: NOON, rules: RULES, only });
    const delivered = () => new Promise((resolve) => setImmediate(resolve));
    // The first of a series finds rules, windows and schemas; from then on all points go the same way.
    for (const value of [99, 1]) {
      chain.send(pointOf({ timestamp: chain.now, value }));
      chain.advance(20_000);
      await delivered();
    }
    assert.equal(chain.notifications.length, 2);
    const files = await filesRunBy(() => {
      chain.send(pointOf({ timestamp: chain.now, value: 99 }));
      chain.advance(20_000);
    });
    assert.equal(chain.notifications.length, 3);
    const walk = files.filter((file) => file !== LOG);
    for (const stage of [
      'ingest/ingest-stage',
      'windowing/windowing-stage',
      'alerting/notify/notifier-stage',
    ])
      assert.ok(walk.includes(`services/${stage}`), walk.join('\n'));
    assert.ok(walk.length <= MAX_FILES, `${walk.length} files:\n${walk.join('\n')}`);
  });
});

describe('source files', () => {
  it(`have at most ${MAX_LINES} lines`, () => {
    const root = packageRoot();
    const long = ['services', 'shared', 'test'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(tsx?|mjs)$/.test(name) && !name.endsWith('.test.ts'))
        .map((name) => join(folder, name))
        .filter((file) => !GENERATED.includes(file))
        .filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > MAX_LINES + 1),
    );
    assert.deepEqual(long, []);
  });
});
