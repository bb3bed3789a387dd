import type { Effort } from '../model/budget.js';
import { failed } from '../model/faults.js';
import { type Labels, perSeries, withoutName } from '../model/labels.js';
import type { Vector } from './vector.js';

const same = () => failed('vector cannot contain metrics with the same labelset');

/**
 * What becomes of the labels of series in one expression, and whether it makes two series the same.
 *
 * @param strict whether series may not become the same at different times either
 */
export class Renaming {
  readonly #sources = new Map<string, Labels>();
  #haveMet = false;
  readonly of: (labels: Labels) => Labels;

  constructor({ madeLabels }: Effort, derive: (labels: Labels) => Labels, strict: boolean) {
    this.of = perSeries(madeLabels, (labels) => {
      const derived = derive(labels);
      const other = this.#sources.get(derived.key);
      if (other !== undefined && other.key !== labels.key) {
        if (strict) throw same();
        this.#haveMet = true;
      }
      this.#sources.set(derived.key, labels);
      return derived;
    });
  }

  /** @throws TACTUS_PROMQL_FAILED where a vector has two series with the same labels */
  checked(vector: Vector): Vector {
    if (this.#haveMet && new Set(vector.map(({ labels }) => labels.key)).size < vector.length) throw same();
    return vector;
  }
}

/** Most functions give something else than their metric. */
export const dropsName = (effort: Effort, strict: boolean): Renaming =>
  new Renaming(effort, withoutName, strict);
