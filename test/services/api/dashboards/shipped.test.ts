import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkComponents, componentsOf } from '../../../../services/api/dashboards/components.js';
import { SHIPPED, withShipped } from '../../../../services/api/dashboards/shipped.js';
import { packageRoot } from '../../../../shared/files/package-root.js';

const sample = [...SHIPPED.values()][0] as NonNullable<ReturnType<typeof SHIPPED.get>>;
const rowOf = (id: string) => ({ ...sample, id, version: '1' });

describe('the shipped dashboards', () => {
  it('are system_health, user_activity and revenue, of components that can be shown', () => {
    assert.deepEqual([...SHIPPED.keys()], ['revenue', 'system_health', 'user_activity']);
    for (const { spec } of SHIPPED.values()) {
      checkComponents(spec);
      assert.equal(componentsOf(spec).length, (spec.components as unknown[]).length);
    }
  });

  it('show metrics that are measured: by the collector, or by the shipped mappings with tags that these give', () => {
    const text = (path: string) => readFileSync(join(packageRoot(), path), 'utf8');
    const mappings = text('services/cli/examples/mappings.yaml');
    const collected = ['host', 'pipeline']
      .map((name) => text(`services/collector/sources/${name}/samples.ts`))
      .join();
    for (const { spec } of SHIPPED.values())
      for (const { metric, by = [] } of componentsOf(spec)) {
        if (metric === undefined) continue;
        if (!metric.startsWith('music.')) assert.ok(collected.includes(`'${metric}'`), metric);
        else {
          const [mapping] = mappings.split('- name:').filter((one) => one.includes(`metric: ${metric}\n`));
          assert.ok(mapping !== undefined, metric);
          for (const tag of by)
            assert.match(mapping, new RegExp(`^      ${tag}: `, 'm'), `${metric} by ${tag}`);
        }
      }
  });

  it('stand among the stored ones in every page, each once, but for those that a stored one replaces', () => {
    const ids = fc.uniqueArray(
      fc.oneof(fc.string({ minLength: 1, maxLength: 3 }), fc.constantFrom(...SHIPPED.keys())),
    );
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 5 }), (own, limit) => {
        const stored = own.map(rowOf).sort((a, b) => (a.id < b.id ? -1 : 1));
        const all: string[] = [];
        for (let after: string | null = null; ; after = all.at(-1) ?? null) {
          const from = after;
          const rows = stored.filter(({ id }) => from === null || id > from).slice(0, limit + 1);
          const page = withShipped(rows, after, limit + 1);
          all.push(...page.slice(0, limit).map(({ id }) => id));
          if (page.length <= limit) break;
        }
        assert.deepEqual(
          all,
          [...new Set([...own, ...SHIPPED.keys()])].sort((a, b) => (a < b ? -1 : 1)),
        );
      }),
    );
  });
});
