import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadWrittenRules } from '../../../../shared/alerting/rules/rules-file.js';
import { type SeenWindows, unseen } from '../../../../shared/alerting/rules/unseen.js';

const folder = mkdtempSync(join(tmpdir(), 'tactus-unseen-'));
after(() => rmSync(folder, { recursive: true }));
const SEEN: readonly SeenWindows[] = [
  { tenantId: 'acme', metric: 'cpu.usage', window: '10s', tags: ['host', 'dc'] },
  { tenantId: 'acme', metric: 'requests', window: '1m', tags: [] },
];

function warnings(rules: string): string[] {
  const file = join(folder, 'rules.yaml');
  writeFileSync(file, `rules: [${rules}]`);
  return unseen(loadWrittenRules(file).rules, SEEN);
}

test('a rule whose metric and tags were seen causes no warning', () => {
  const annotations = 'annotations: { summary: "{{tags.host}} {{ tags.dc }} {{value}}" }';
  assert.deepEqual(
    warnings(
      `{ name: A, window: 10s, metric: "cpu.*", groupBy: [dc], expr: 'mean > 1.0 && tags.host != "a"', ${annotations} },
       { name: B, on: anomaly, expr: 'anomaly.score > 0.5 && "host" in tags' }`,
    ),
    [],
  );
});

test('metrics that were never seen in the windows and of the tenant of a rule are named', () => {
  assert.deepEqual(
    warnings(
      `{ name: A, window: 10s, metric: "cpu.usgae", expr: mean > 1.0 },
       { name: B, window: 10s, metric: requests, expr: mean > 1.0 },
       { name: C, window: 10s, metric: "cpu.*", tenant: other, expr: mean > 1.0 },
       { name: D, window: 10s, metrics: { a: cpu.usage, b: errors }, expr: a.mean > b.mean }`,
    ),
    [
      'rule "A": no metric cpu.usgae was seen in windows "10s"',
      'rule "B": no metric requests was seen in windows "10s"',
      'rule "C": no metric cpu.* was seen in windows "10s"',
      'rule "D": no metric errors was seen in windows "10s"',
    ],
  );
});

test('tags that no such series has are named, wherever a rule names them', () => {
  const of = (tag: string) => `no series of cpu.usage with the tag ${tag} was seen in windows "10s"`;
  assert.deepEqual(
    warnings(
      `{ name: A, window: 10s, metric: cpu.usage, groupBy: [rack], values: { v: "tags['pod'] == 'a' ? 1.0 : 2.0" },
         expr: 'v > 1.0 && has(tags.zone) && "shop" in tags', annotations: { summary: "{{tags.hots}}" } }`,
    ).sort(),
    ['rack', 'zone', 'pod', 'shop', 'hots'].map((tag) => `rule "A": ${of(tag)}`).sort(),
  );
});
