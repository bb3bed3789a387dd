import type { Millis } from '../core/clock.js';
import { Pane } from './rows.js';
import { QuantileSketch } from './sketch.js';

/** About what the sketch of a narrow series takes. */
export const SKETCH_BYTES = 500;

/** A pane that keeps a sketch of each group's values beside its row. */
export class SketchPane extends Pane {
  readonly #sketches = new Map<number, QuantileSketch>();

  override get bytes(): number {
    return super.bytes + this.#sketches.size * SKETCH_BYTES;
  }

  override reset(start: Millis, offset: number): void {
    super.reset(start, offset);
    this.#sketches.clear();
  }

  override add(group: number, value: number, time: Millis): void {
    super.add(group, value, time);
    let sketch = this.#sketches.get(group);
    if (sketch === undefined) {
      sketch = new QuantileSketch();
      this.#sketches.set(group, sketch);
    }
    sketch.add(value);
  }

  sketchOf(group: number): QuantileSketch | undefined {
    return this.#sketches.get(group);
  }
}

/** The sketch of a group over the panes of a window; not to be added to. */
export function mergeSketches(panes: readonly SketchPane[], group: number): QuantileSketch {
  const sketches = panes.flatMap((pane) => pane.sketchOf(group) ?? []);
  const [only] = sketches;
  if (only !== undefined && sketches.length === 1) return only;
  const merged = new QuantileSketch();
  for (const sketch of sketches) merged.merge(sketch);
  return merged;
}
