import { readFileSync } from 'node:fs';
import { isMap, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { messageOf, TactusError } from '../core/errors.js';
import { DEFAULT_DEFINITIONS, type WindowDefinition } from '../windows/definition.js';

const COMMON = ['name', 'kind', 'grace', 'metrics', 'tenants', 'groupBy', 'quantiles', 'maxSeries'];
/** What each kind of window takes beside those. */
const SHAPE = { tumbling: ['size'], hopping: ['size', 'advance'], session: ['gap', 'maxLength'] };
const KEYS: readonly string[] = [...COMMON, ...new Set(Object.values(SHAPE).flat())];
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000 } as const;
const DEFAULT_GRACE_MS = 5_000;
/** Open windows live in memory and are rebuilt from the log: longer ones belong to the database. */
const MAX_SIZE_MS = 3_600_000;
/** A session must have room for two gaps: where it is cut, what follows is another one. */
const LEAST_GAPS = 2;
const MAX_PANES = 1_000;
const MAX_QUANTILES = 20;

/**
 * Window definitions from `WINDOWS_FILE`, or the shipped ones when `path` is empty.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` naming file, line, definition, key, value and what is
 *   allowed
 */
export function loadDefinitions(path: string): readonly WindowDefinition[] {
  if (path === '') return DEFAULT_DEFINITIONS;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      `WINDOWS_FILE: must be a readable file: ${messageOf(error)}`,
    );
  }
  return parseDefinitions(text, path);
}

/** As {@link loadDefinitions}, of a text; `source` names it in errors. */
export function parseDefinitions(text: string, source: string): readonly WindowDefinition[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fail = (node: Node | null | undefined, problem: string): never => {
    const line = node?.range ? `:${lines.linePos(node.range[0]).line}` : '';
    throw new TactusError('TACTUS_CONFIG_INVALID', `${source}${line}: ${problem}`);
  };
  if (document.errors[0] !== undefined) fail(null, document.errors[0].message);
  const root = document.contents;
  const list = isMap(root) ? (root.get('windows', true) as unknown as Node | undefined) : undefined;
  if (!isMap(root) || !isSeq(list) || root.items.length !== 1)
    return fail(root, 'must be one key "windows" with a list of definitions');
  const definitions = list.items.map((item) =>
    isMap(item)
      ? readDefinition(item, fail)
      : fail(item as Node, 'must be a definition with "name" and "size" or "gap"'),
  );
  const names = new Set<string>();
  definitions.forEach(({ name }, index) => {
    if (names.has(name)) fail(list.items[index] as Node, `name: "${name}" is used twice; names are unique`);
    names.add(name);
  });
  if (definitions.length === 0) fail(list, 'windows: must hold at least one definition');
  return definitions;
}

type Fail = (node: Node | null | undefined, problem: string) => never;

function readDefinition(map: YAMLMap, fail: Fail): WindowDefinition {
  for (const { key } of map.items) {
    const name = String(key);
    if (!KEYS.includes(name)) fail(key as Node, `${name}: unknown key; allowed are ${KEYS.join(', ')}`);
  }
  const node = (key: string) => map.get(key, true) as unknown as Node | undefined;
  const refuse = (key: string, allowed: string): never =>
    fail(node(key) ?? map, `${key}: must be ${allowed}; it is ${JSON.stringify(map.get(key) ?? null)}`);
  const text = (key: string, byDefault?: string): string => {
    const value = map.get(key) ?? byDefault;
    if (typeof value !== 'string' || value === '') return refuse(key, 'text');
    return value;
  };
  const duration = (key: string, byDefault?: number): number => {
    const match = /^(\d+)(ms|s|m)$/.exec(String(map.get(key) ?? ''));
    if (match === null && byDefault !== undefined && map.get(key) === undefined) return byDefault;
    if (match === null) return refuse(key, 'a duration such as 500ms, 10s or 1m');
    return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  };

  const kind = text('kind', 'tumbling');
  if (!isKind(kind)) return refuse('kind', 'tumbling, hopping or session');
  for (const key of Object.values(SHAPE).flat())
    if (map.has(key) && !SHAPE[kind].includes(key)) refuse(key, `absent for a ${kind} window`);
  const graceMs = duration('grace', DEFAULT_GRACE_MS);
  if (graceMs > MAX_SIZE_MS) refuse('grace', 'at most 60m');
  const groupBy = map.toJSON().groupBy ?? null;
  if (groupBy !== null && !(Array.isArray(groupBy) && groupBy.every((tag) => typeof tag === 'string')))
    refuse('groupBy', 'a list of tag names; [] gives one series per tenant and metric');
  const quantiles = map.toJSON().quantiles ?? null;
  const isQuantile = (q: unknown) => typeof q === 'number' && q >= 0 && q <= 1;
  if (
    quantiles !== null &&
    !(Array.isArray(quantiles) && quantiles.length <= MAX_QUANTILES && quantiles.every(isQuantile))
  )
    refuse('quantiles', `a list of at most ${MAX_QUANTILES} numbers from 0 to 1`);
  const maxSeries = map.get('maxSeries');
  if (maxSeries !== undefined && !(Number.isInteger(maxSeries) && Number(maxSeries) >= 1))
    refuse('maxSeries', 'a whole number of at least 1');
  const common = {
    ...(maxSeries === undefined ? {} : { maxSeries: Number(maxSeries) }),
    ...(quantiles === null || quantiles.length === 0 ? {} : { quantiles }),
    name: text('name'),
    graceMs,
    metrics: text('metrics', '*'),
    tenants: text('tenants', '*'),
    groupBy,
  };
  if (kind === 'session') return { kind, ...common, ...readSession(duration, refuse) };
  return { ...common, ...readAligned(kind, duration, refuse) };
}

type Duration = (key: string, byDefault?: number) => number;
type Refuse = (key: string, allowed: string) => never;

function readAligned(kind: 'tumbling' | 'hopping', duration: Duration, refuse: Refuse) {
  const sizeMs = duration('size');
  if (sizeMs < 1 || sizeMs > MAX_SIZE_MS)
    refuse('size', 'from 1ms to 60m; longer windows are what the roll-ups of the database are for');
  const advanceMs = kind === 'tumbling' ? sizeMs : duration('advance');
  if (advanceMs < 1 || advanceMs > sizeMs || sizeMs / advanceMs > MAX_PANES)
    refuse('advance', `from size/${MAX_PANES} to size`);
  if (sizeMs % advanceMs !== 0) refuse('advance', 'a divisor of size');
  return { sizeMs, advanceMs };
}

function readSession(duration: Duration, refuse: Refuse) {
  const gapMs = duration('gap');
  if (gapMs < 1 || gapMs > MAX_SIZE_MS / LEAST_GAPS) refuse('gap', 'from 1ms to 30m');
  const maxMs = duration('maxLength', MAX_SIZE_MS);
  if (maxMs < LEAST_GAPS * gapMs || maxMs > MAX_SIZE_MS)
    refuse('maxLength', `from ${LEAST_GAPS} times the gap to 60m, which is the default`);
  return { gapMs, maxMs };
}

function isKind(kind: string): kind is keyof typeof SHAPE {
  return Object.hasOwn(SHAPE, kind);
}
