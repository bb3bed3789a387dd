import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runTactus } from '../../../support/command-line.js';

const folder = mkdtempSync(join(tmpdir(), 'tactus-rules-'));
after(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const rules = file('rules.yaml', 'rules: [{ name: Hot, window: 10s, expr: mean > 80.0 }]\n');
/** One sample of 90 fires at once; the second test says that it does not. */
const tests = file(
  'tests.yaml',
  `tests:
  - name: fires
    series: [{ metric: cpu, tenant: acme, values: '90' }]
    alerts: [{ at: 10s, rule: Hot, expect: [{ state: firing }] }]
  - name: stays quiet
    series: [{ metric: cpu, tenant: acme, values: '90' }]
    alerts: [{ at: 10s, rule: Hot, expect: [] }]
`,
);

test('rules check lists the rules of a file, also as JSON', async () => {
  assert.deepEqual(await runTactus(['rules', 'check', rules], {}), {
    code: 0,
    stdout: `Hot (window, warning): mean > 80.0\n${rules}: 1 rule, no mistake\n`,
    stderr: '',
  });
  const { code, stdout } = await runTactus(['rules', 'check', rules, '--json'], {});
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), {
    rules: [{ name: 'Hot', on: 'window', severity: 'warning', expr: 'mean > 80.0', record: null }],
    warnings: [],
  });
});

test('rules check finds windows that are not defined, by WINDOWS_FILE or the file that is named', async () => {
  const own = file('own.yaml', 'rules: [{ name: Hot, window: shop-1s, expr: mean > 80.0 }]\n');
  const windows = file('windows.yaml', 'windows: [{ name: shop-1s, kind: tumbling, size: 1s }]\n');
  const { code, stderr } = await runTactus(['rules', 'check', own], {});
  assert.equal(code, 78);
  assert.match(stderr, /own\.yaml:1:30: rules\[0\]\.window: must be one of the window definitions: .*10s/);
  assert.equal((await runTactus(['rules', 'check', own, '--windows', windows], {})).code, 0);
  assert.equal((await runTactus(['rules', 'check', own], { WINDOWS_FILE: windows })).code, 0);
});

test('rules test ends with 1 when a test fails, and names it, also as JSON', async () => {
  const text = await runTactus(['rules', 'test', rules, tests], {});
  assert.equal(text.code, 1, text.stderr);
  assert.match(text.stdout, /^ok {2}fires\nFAILED {2}stays quiet\n {4}\S.*\n1 passed, 1 failed\n$/s);
  const { code, stdout } = await runTactus(['rules', 'test', rules, tests, '--json'], {});
  assert.equal(code, 1);
  const report = JSON.parse(stdout);
  assert.deepEqual([report.passed, report.failed], [1, 1]);
  assert.deepEqual(
    report.tests.map(({ name, problems }: { name: string; problems: string[] }) => [
      name,
      problems.length > 0,
    ]),
    [
      ['fires', false],
      ['stays quiet', true],
    ],
  );
});

test('a file that is not there is a line with exit code 78', async () => {
  const { code, stdout, stderr } = await runTactus(['rules', 'check', join(folder, 'none.yaml')], {});
  assert.deepEqual([code, stdout, stderr.trimEnd().split('\n').length], [78, '', 1]);
  assert.match(stderr, /^tactus rules check: .*none\.yaml/);
});
