import { readList, readNamed, type YamlEntry } from '../files/yaml-list.js';
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
  return path === '' ? DEFAULT_DEFINITIONS : parseDefinitions(readNamed('WINDOWS_FILE', path), path);
}

/** As {@link loadDefinitions}, of a text; `source` names it in errors. */
export function parseDefinitions(text: string, source: string): readonly WindowDefinition[] {
  const names = new Set<string>();
  return readList(text, source, {
    key: 'windows',
    holds: 'a list of definitions',
    each: 'must be a definition with "name" and "size" or "gap"',
    empty: 'must hold at least one definition',
    read: (entry) => {
      const definition = readDefinition(entry);
      const { name } = definition;
      if (names.has(name)) entry.refuseAll(`name: "${name}" is used twice; names are unique`);
      names.add(name);
      return definition;
    },
  });
}

function readDefinition(entry: YamlEntry): WindowDefinition {
  entry.onlyKeys(KEYS);
  const refuse: Refuse = (key, allowed) => entry.refuse(key, allowed);
  const duration = (key: string, byDefault?: number): number => {
    const match = /^(\d+)(ms|s|m)$/.exec(String(entry.get(key) ?? ''));
    if (match === null && byDefault !== undefined && !entry.has(key)) return byDefault;
    if (match === null) return refuse(key, 'a duration such as 500ms, 10s or 1m');
    return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  };

  const kind = entry.text('kind', 'tumbling');
  if (!isKind(kind)) return refuse('kind', 'tumbling, hopping or session');
  for (const key of Object.values(SHAPE).flat())
    if (entry.has(key) && !SHAPE[kind].includes(key)) refuse(key, `absent for a ${kind} window`);
  const graceMs = duration('grace', DEFAULT_GRACE_MS);
  if (graceMs > MAX_SIZE_MS) refuse('grace', 'at most 60m');
  const groupBy = entry.get('groupBy') ?? null;
  if (groupBy !== null && !(Array.isArray(groupBy) && groupBy.every((tag) => typeof tag === 'string')))
    refuse('groupBy', 'a list of tag names; [] gives one series per tenant and metric');
  const quantiles = entry.get('quantiles') ?? null;
  const isQuantile = (q: unknown) => typeof q === 'number' && q >= 0 && q <= 1;
  if (
    quantiles !== null &&
    !(Array.isArray(quantiles) && quantiles.length <= MAX_QUANTILES && quantiles.every(isQuantile))
  )
    refuse('quantiles', `a list of at most ${MAX_QUANTILES} numbers from 0 to 1`);
  const maxSeries = entry.get('maxSeries');
  if (maxSeries !== undefined && !(Number.isInteger(maxSeries) && Number(maxSeries) >= 1))
    refuse('maxSeries', 'a whole number of at least 1');
  const common = {
    ...(maxSeries === undefined ? {} : { maxSeries: Number(maxSeries) }),
    ...(quantiles === null || quantiles.length === 0 ? {} : { quantiles }),
    name: entry.text('name'),
    graceMs,
    metrics: entry.text('metrics', '*'),
    tenants: entry.text('tenants', '*'),
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
