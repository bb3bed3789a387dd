import { EvaluationError, type Frame, isNumber, NoSuchKey, spend, typeOf } from './evaluation.js';
import { stepsFor } from './shape.js';

/** Numbers are equal by value, whatever their kind; lists and maps by what they hold. */
export function equal(frame: Frame, left: unknown, right: unknown): boolean {
  if (typeof left === 'string' && typeof right === 'string') {
    if (left.length !== right.length) return false;
    spend(frame, stepsFor(left.length));
    return left === right;
  }
  if (left === right) return true;
  // An int and a double.
  if (isNumber(left) && isNumber(right)) return left <= right && left >= right;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((one, i) => {
      spend(frame, 1);
      return equal(frame, one, right[i]);
    });
  }
  const keys = keysOf(frame, left);
  if (keys.length !== keysOf(frame, right).length) return false;
  return keys.every((key) => {
    const other = entry(right, key);
    return other !== undefined && equal(frame, entry(left, key), other);
  });
}

/** Whether a list holds a value, or a map a key. */
export function holds(frame: Frame, value: unknown, container: unknown): boolean {
  if (Array.isArray(container))
    return container.some((one) => {
      spend(frame, 1);
      return equal(frame, value, one);
    });
  if (typeof container === 'object' && container !== null) return entry(container, value) !== undefined;
  throw new EvaluationError(`no such overload: ${typeOf(value)} in ${typeOf(container)}`);
}

/** Maps of bindings are plain objects; those that an expression makes are of class Map. */
export function keysOf(frame: Frame, map: object): unknown[] {
  const keys = map instanceof Map ? [...map.keys()] : Object.keys(map);
  spend(frame, keys.length);
  return keys;
}

/** The value of a key; undefined where there is none. */
export function entry(map: object, key: unknown): unknown {
  if (map instanceof Map) return map.get(keyOf(key));
  if (typeof key !== 'string' || !Object.hasOwn(map, key)) return undefined;
  return (map as Record<string, unknown>)[key];
}

/** A double that is whole is the same key as the int. */
export function keyOf(key: unknown): unknown {
  return typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : key;
}

/** `of[index]`, with the first entry of a list at 0. */
export function indexed(of: unknown, index: unknown): unknown {
  if (Array.isArray(of)) {
    const found = isNumber(index) ? of[Number(index)] : undefined;
    if (found === undefined) throw new EvaluationError(`index out of range: ${String(index)}`);
    return found;
  }
  if (typeof of !== 'object' || of === null) throw new EvaluationError(`Cannot index type '${typeOf(of)}'`);
  const found = entry(of, index);
  if (found === undefined) throw new NoSuchKey(index);
  return found;
}
