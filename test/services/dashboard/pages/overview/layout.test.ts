import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flowOf } from '../../../../../services/dashboard/pages/overview/flow.js';
import { curve, layoutOf, type Placed } from '../../../../../services/dashboard/pages/overview/layout.js';
import { pipelineOf } from './sample-pipeline.js';

describe('the layout of the graph', () => {
  const flow = flowOf(pipelineOf());
  const layout = layoutOf(flow);
  const of = (id: string) => layout.nodes.find((node) => node.id === id) as Placed;

  it('goes from left to right along each edge that is not aside', () => {
    for (const { from, to, isAside } of flow.edges)
      if (!isAside) assert.ok(of(from).x + of(from).width <= of(to).x, `${from} ${to}`);
  });

  it('has every node inside, and none over another', () => {
    for (const { x, y, width, height } of layout.nodes)
      assert.ok(x >= 0 && y >= 0 && x + width <= layout.width && y + height <= layout.height);
    for (const [i, a] of layout.nodes.entries())
      for (const b of layout.nodes.slice(i + 1))
        assert.ok(
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y,
          `${a.id} ${b.id}`,
        );
  });

  it('draws every edge from the right of one to the left of the other', () => {
    for (const { from, path } of layout.edges) {
      const node = of(from);
      assert.match(path, new RegExp(`^M${Math.round((node.x + node.width) * 10) / 10} `));
    }
    assert.equal(
      curve([
        { x: 0, y: 0 },
        { x: 10, y: 4 },
      ]),
      'M0 0C5 0 5 4 10 4',
    );
  });
});
