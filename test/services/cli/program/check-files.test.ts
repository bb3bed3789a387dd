import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { packageRoot } from '../../../../shared/files/package-root.js';
import { runTactus } from '../../../support/command-line.js';

const folder = mkdtempSync(join(tmpdir(), 'tactus-check-'));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const check = (...args: string[]) => runTactus(['check', ...args], {});

describe('tactus check', () => {
  after(() => rmSync(folder, { recursive: true }));

  it('recognises every kind of file by its keys', async () => {
    const files = {
      windows: file('w.yaml', 'windows: [{ name: 1m, size: 1m }, { name: s, kind: session, gap: 30s }]\n'),
      rules: file('r.yaml', 'rules: [{ name: A, window: 10s, expr: mean > 1.0 }]\n'),
      tests: file('rt.yaml', 'tests: [{ series: [{ metric: cpu, values: 1 2 }] }]\n'),
      detection: file('d.yaml', 'detection: []\n'),
      notifications: file(
        'n.yaml',
        'channels: { ops: { type: slack, url: { env: NOT_SET_HERE } } }\nroute: { channels: [ops] }\n',
      ),
      tenants: file('t.yaml', 'tenants: [{ id: acme }]\n'),
      topic: join(packageRoot(), 'topics', 'metrics.yaml'),
      mappings: join(packageRoot(), 'services', 'cli', 'examples', 'mappings.yaml'),
      configuration: file('c.yaml', 'kafka: { brokers: "x:1" }\nanomaly: { sensitivity: 2 }\n'),
    };
    const { code, stdout, stderr } = await check(...Object.values(files));
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      `${files.windows}: window definitions: 2 definitions, no mistake`,
      `${files.rules}: alert rules: 1 rule, no mistake`,
      `${files.tests}: tests of alert rules: 1 test, no mistake`,
      `${files.detection}: detection rules: 0 rules, no mistake`,
      `${files.notifications}: notifications: 1 channel, no mistake`,
      `${files.tenants}: tenants: 1 tenant, no mistake`,
      `${files.topic}: topic: partitions as TACTUS_PARTITIONS, no mistake`,
      `${files.mappings}: mappings of events: 16 mappings, no mistake`,
      `${files.configuration}: configuration: 2 keys, no mistake`,
    ]);
  });

  it('prints every mistake of every file, and exits with 1', async () => {
    const windows = file('bad.yaml', 'windows:\n  - { name: a, sise: 10s }\n  - { name: a, size: 2h }\n');
    const config = file(
      'config.yaml',
      'kafka:\n  brokers: here\n  brocker: x:1\nsink: { webhookUrl: s3cret }\n',
    );
    const good = file('good.yaml', 'tenants: []\n');
    const broken = file('broken.yaml', 'rules: [\n');
    const tenants = file(
      'bad-tenants.yaml',
      'tenants:\n  - { id: a, maxSeries: -1 }\n  - { id: a }\n  - id: "b|c"\n    quota: {}\n',
    );
    const mappings = file(
      'bad-mappings.yaml',
      'mappings:\n  - { name: a, type: t, metric: m, value: 1, kind: sum }\n  - { name: b, type: t, metric: m, value: 1, when: "1 +" }\n',
    );
    const { code, stdout, stderr } = await check(windows, config, good, broken, tenants, mappings);
    assert.deepEqual([code, stderr], [1, '']);
    const lines = stdout.trimEnd().split('\n');
    const expected = [
      `${windows}:2:16: windows[0].sise: unknown key; did you mean "size"? allowed: name, `,
      `${windows}:3:13: windows[1].name: "a" is used twice; each must have its own`,
      `${windows}:3:22: windows[1].size: must be from 1ms to 60m; `,
      `${config}:2:12: kafka.brokers: must be host:port pairs separated by commas: value was "here"`,
      `${config}:3:3: kafka.brocker: unknown key; did you mean "brokers"? allowed: `,
      `${config}:4:21: sink.webhookUrl: must be a URL with http:// or https://: value was ***`,
      `${good}: tenants: 0 tenants, no mistake`,
      `${broken}:2:1: must be YAML: `,
      `${tenants}:2:25: tenants[0].maxSeries: must be `,
      `${tenants}:3:11: tenants[1].id: `,
      `${tenants}:4:10: tenants[2].id: must be text without "|"`,
      `${tenants}:5:5: tenants[2].quota: unknown key; did you mean "quotas"?`,
      `${mappings}:2:52: mappings[0].kind: must be `,
      `${mappings}:3:56: mappings[1].when: `,
    ];
    assert.equal(lines.length, expected.length, stdout);
    for (const [i, start] of expected.entries()) assert.ok(lines[i]?.startsWith(start), lines[i]);
  });

  it('says of an unknown file which kinds there are, and what is wrong with one that cannot be read', async () => {
    const unknown = file('unknown.yaml', 'rulez: []\n');
    const missing = join(folder, 'missing.yaml');
    const { code, stdout } = await check(unknown, missing);
    assert.equal(code, 1);
    const [first = '', second = ''] = stdout.split('\n');
    assert.ok(first.startsWith(`${unknown}:1:1: must have the keys of a kind of file: windows (`), first);
    assert.match(first, /did you mean "rules"\?$/);
    assert.match(second, /missing\.yaml: cannot be read: ENOENT/);
  });

  it('--json prints an object per file', async () => {
    const bad = file('tenants.yaml', 'tenants:\n  - id: a\n    sensitivity: 2\n');
    const { code, stdout } = await check('--json', bad);
    assert.equal(code, 1);
    assert.deepEqual(JSON.parse(stdout), {
      file: bad,
      kind: 'tenants',
      mistakes: [
        {
          line: 3,
          column: 18,
          key: 'tenants[0].sensitivity',
          message: 'must be a number from 0 to 1: value was 2',
        },
      ],
    });
  });

  it('finds no mistake in the files that Tactus ships', async () => {
    const topics = readdirSync(join(packageRoot(), 'topics'))
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => join(packageRoot(), 'topics', name));
    const { code, stdout } = await check(
      ...topics,
      join(packageRoot(), 'services', 'alerting', 'rules', 'rules.yaml'),
    );
    assert.equal(code, 0, stdout);
  });
});
