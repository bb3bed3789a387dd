import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Component as ApiComponent,
  checkComponents,
  componentsOf,
} from '../../../../../../services/api/dashboards/components.js';
import { SHIPPED } from '../../../../../../services/api/dashboards/shipped.js';
import {
  boardOf,
  fromFile,
  specOf,
  toFile,
} from '../../../../../../services/dashboard/pages/dashboards/model/board.js';
import { problemsOf } from '../../../../../../services/dashboard/pages/dashboards/model/component.js';
import { componentOf, formOf } from '../../../../../../services/dashboard/pages/dashboards/model/form.js';
import { overlaps } from '../../../../../../services/dashboard/pages/dashboards/model/layout.js';
import { anyComponent } from './arbitrary.js';

const components = fc.array(anyComponent, { maxLength: 8 });
const CHART = { kind: 'chart', title: 'Plays', metric: 'plays', x: 0, y: 0, w: 6, h: 3 } as const;

describe('a dashboard as it is stored', () => {
  it('is read and stored again as it is, whatever stands beside its components', () => {
    fc.assert(
      fc.property(
        components,
        fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
        (all, beside) => {
          const spec = { layout: 'grid', columns: 12, ...beside, components: all };
          assert.deepEqual(specOf(boardOf('a', spec)), spec);
        },
      ),
    );
  });

  it('keeps what cannot be shown, says why, and gives it a place', () => {
    const odd = [7, null, { kind: 'gauge', title: 'Old', needle: true }, { ...CHART, x: 11 }];
    const { tiles } = boardOf('a', { components: [CHART, ...odd] });
    assert.deepEqual(
      tiles.map((tile) => (tile.kind === 'unreadable' ? tile.problems : [])),
      [
        [],
        ['must be an object'],
        ['must be an object'],
        [
          ...['x: is missing', 'y: is missing', 'w: is missing', 'h: is missing'],
          'kind: must be one of chart, kpi, heatmap, table, alerts, text',
          'needle: is not known',
        ],
        ['w: must be at most 1 at column 11'],
      ],
    );
    const stored = specOf(boardOf('a', { components: odd })).components as unknown[];
    assert.deepEqual(stored.slice(0, 2), [7, null]);
    assert.deepEqual({ ...(stored[2] as object), needle: true }, stored[2]);
  });

  it('is read whatever it is, in bounded time', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 30 }), (all) => {
        const { tiles } = boardOf('a', { components: all });
        assert.equal(tiles.length, all.length);
        assert.equal(new Set(tiles.map(({ id }) => id)).size, all.length);
        for (const { x, y, w, h } of tiles) assert.ok(x >= 0 && y >= 0 && w >= 1 && h >= 1 && x + w <= 12);
      }),
    );
    assert.deepEqual(boardOf('a', { components: 'none' }).tiles, []);
  });

  it('shows what the API takes, and the API takes what it shows', () => {
    fc.assert(
      fc.property(components, (all) => {
        assert.deepEqual(all.flatMap(problemsOf), []);
        checkComponents({ components: all as ApiComponent[] });
        assert.equal(componentsOf({ components: all }).length, all.length);
      }),
    );
    const broken = fc.tuple(
      anyComponent,
      fc.dictionary(
        fc.constantFrom('x', 'w', 'by', 'top', 'kind', 'text', 'band', 'nothing'),
        fc.jsonValue(),
      ),
    );
    fc.assert(
      fc.property(broken, ([one, changes]) => {
        const value = { ...one, ...changes };
        assert.equal(problemsOf(value).length === 0, componentsOf({ components: [value] }).length === 1);
      }),
    );
  });

  it('is shown with all that is shipped, at places of their own', () => {
    for (const { title, spec } of SHIPPED.values()) {
      const { tiles } = boardOf(title, spec);
      assert.ok(tiles.length > 0);
      for (const tile of tiles) {
        assert.notEqual(tile.kind, 'unreadable');
        assert.deepEqual(
          tiles.filter((other) => other !== tile && overlaps(other, tile)),
          [],
        );
      }
    }
  });
});

describe('a dashboard in a file', () => {
  it('is read again as it was written', () => {
    fc.assert(
      fc.property(components, (all) => {
        const file = { title: 'Plays', spec: { layout: 'grid', components: all } };
        assert.deepEqual(fromFile(toFile(file)), file);
      }),
    );
  });

  for (const [what, text, mistakes] of [
    ['no object', '[]', ['must be an object with title and spec']],
    ['empty', '{}', ['title: must be a text of 1 to 200 characters', 'spec: must be an object']],
    [
      'of other components',
      JSON.stringify({ title: 'a', spec: { components: [CHART, { ...CHART, w: 13, top: 0 }, null] } }),
      [
        'spec.components.1.w: must be a whole number from 1 to 12',
        'spec.components.1.top: must be a whole number from 1 to 100',
        'spec.components.2: must be an object',
      ],
    ],
    [
      'of too many components',
      JSON.stringify({ title: 'a', spec: { components: Array.from({ length: 101 }, () => CHART) } }),
      ['spec.components: must be at most 100'],
    ],
  ] as const)
    it(`that is ${what} is refused with the path of each mistake`, () => {
      assert.deepEqual(fromFile(text), { mistakes });
    });

  it('that is no JSON is refused, and one that is too large is not read', () => {
    const [said] = (fromFile('{') as { mistakes: string[] }).mistakes;
    assert.match(said ?? '', /^is no JSON: /);
    assert.deepEqual(fromFile(' '.repeat(600_000)), { mistakes: ['must be at most 524288 bytes'] });
  });

  it('says a few of many mistakes, and how many more there are', () => {
    const spec = { components: Array.from({ length: 30 }, () => 7) };
    const { mistakes } = fromFile(JSON.stringify({ title: 'a', spec })) as { mistakes: string[] };
    assert.equal(mistakes.length, 21);
    assert.equal(mistakes.at(-1), 'and 10 more');
  });
});

describe('the editor of a component', () => {
  it('makes of its fields what they were made of', () => {
    fc.assert(
      fc.property(anyComponent, (component) => {
        // Names that have what separates them, or blanks around, cannot be written into one field.
        const texts = [
          component.unit,
          component.rule,
          ...(component.by ?? []),
          ...Object.entries({ ...component.tags, ...component.labels }).flat(),
        ];
        fc.pre(texts.every((text) => text === undefined || /^[^\s,=]+$/.test(text)));
        const made = componentOf(formOf(component), component);
        const { aggregation = 'avg', ...others } = component;
        const hasNone = (pairs: object | undefined) => pairs !== undefined && Object.keys(pairs).length === 0;
        const wanted = { ...others, ...(component.metric !== undefined && { aggregation }) };
        if (hasNone(wanted.tags)) delete (wanted as { tags?: unknown }).tags;
        if (hasNone(wanted.labels)) delete (wanted as { labels?: unknown }).labels;
        assert.deepEqual(made, wanted);
      }),
    );
  });

  it('says what cannot be read', () => {
    const form = {
      ...formOf({ ...CHART, id: 'a' }),
      tags: 'region',
      x: '',
      groups: 'by',
      top: 'many',
    } as const;
    assert.deepEqual(problemsOf(componentOf(form, { id: 'a' })), [
      'tags: must be an object of at most 32 texts',
      'top: must be a whole number from 1 to 100',
      'x: must be a whole number from 0 to 11',
    ]);
  });
});
