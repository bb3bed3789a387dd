import assert from 'node:assert/strict';

/**
 * That everything pinned is there, in the same order, figures but for what two engines may differ in. An object may
 * have fields more: a schema may gain some.
 */
export function alike(found: unknown, pinned: unknown, path = ''): void {
  if (typeof pinned === 'number' && typeof found === 'number') {
    const near = Math.abs(found - pinned) <= 1e-9 * Math.max(1, Math.abs(pinned));
    assert.ok(found === pinned || (near && !Number.isInteger(pinned)), `${path}: ${found}, was ${pinned}`);
  } else if (Array.isArray(pinned)) {
    assert.ok(Array.isArray(found), `${path} is a list`);
    assert.equal(found.length, pinned.length, `entries of ${path}`);
    for (const [i, each] of pinned.entries()) alike(found[i], each, `${path}[${i}]`);
  } else if (typeof pinned === 'object' && pinned !== null) {
    for (const [name, each] of Object.entries(pinned))
      alike((found as Record<string, unknown> | null)?.[name], each, `${path}.${name}`);
  } else assert.equal(found, pinned, path);
}
