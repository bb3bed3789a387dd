import { isMap, isSeq, type Node, type YAMLMap } from 'yaml';
import type { Millis } from '../../../shared/core/clock.js';
import { ValueReader } from '../../../shared/files/value-reader.js';
import { readYaml, YamlSource } from '../../../shared/files/yaml-source.js';
import type { ChannelSettings } from './channel.js';
import { readChannel } from './read-channel.js';
import {
  type Escalation,
  type Inhibition,
  MATCHER_ALLOWED,
  type Matcher,
  parseMatcher,
  type Route,
  type Routing,
} from './routing.js';

/** Everything that a notifications file says. */
export interface NotificationSettings {
  readonly channels: readonly ChannelSettings[];
  readonly routing: Routing;
}

const ROUTE_KEYS = [
  'match',
  'channels',
  'groupBy',
  'groupWait',
  'groupInterval',
  'repeatInterval',
  'escalate',
  'continue',
  'routes',
];

/** As Alertmanager has them, with a shorter wait. */
const DEFAULTS = {
  groupBy: ['tenant', 'alertname'] as readonly string[],
  groupWaitMs: 10_000,
  groupIntervalMs: 60_000,
  repeatIntervalMs: 14_400_000,
};
const MAX_DEPTH = 10;

/** Reads and checks the file; secrets are read from where it says. */
export function loadRouting(path: string, env: NodeJS.ProcessEnv): NotificationSettings {
  return parseRouting(readYaml(path, 'TACTUS_NOTIFICATIONS_FILE (alerting.notificationsFile)'), path, env);
}

/** As {@link loadRouting}, of a text; `file` names it in errors. */
export function parseRouting(text: string, file: string, env: NodeJS.ProcessEnv): NotificationSettings {
  const source = new YamlSource(text, file);
  const { root } = source;
  if (!isMap(root)) return source.refuse(root, 'must hold `channels` and `route`, and may hold `inhibit`');
  const reader = new ValueReader(source.valuesOf(root), source.complainer(root, 'file'));
  reader.onlyKeys(['channels', 'route', 'inhibit']);

  const channels: ChannelSettings[] = [];
  const named = root.get('channels', true) as unknown;
  if (!isMap(named)) return source.refuse(named ?? root, 'channels: must be a mapping of names to channels');
  for (const { key, value } of named.items) {
    const name = String(key);
    if (!isMap(value)) {
      source.report(value ?? key, `channel "${name}": must be a mapping of keys to values`);
      continue;
    }
    const complain = source.complainer(value, `channel "${name}"`);
    const channel = readChannel(name, source.valuesOf(value), env, complain);
    if (channel !== null) channels.push(channel);
  }
  const names = new Set(named.items.map(({ key }) => String(key)));
  const top = root.get('route', true) as unknown;
  if (!isMap(top)) return source.refuse(top ?? root, 'route: must be a route with `channels`');
  const route = new RouteReader(source, names).read(top, null, 0);
  const inhibitions = readInhibitions(source, root.get('inhibit', true) as unknown);
  source.finish();
  return { channels, routing: { route, inhibitions } };
}

class RouteReader {
  constructor(
    private readonly source: YamlSource,
    private readonly names: ReadonlySet<string>,
  ) {}

  read(map: YAMLMap, parent: Route | null, depth: number): Route {
    const values = this.source.valuesOf(map);
    const read = new ValueReader(values, this.source.complainer(map, 'route'));
    read.onlyKeys(ROUTE_KEYS);
    if (depth > MAX_DEPTH) read.wrong('routes', `must be at most ${MAX_DEPTH} deep`);
    const match = matchers(read, 'match');
    if (parent === null && match.length > 0)
      read.wrong('match', 'is not allowed on the first route: it takes all');
    const channels = this.#channels(read, 'channels') ?? parent?.channels ?? [];
    if (channels.length === 0) read.wrong('channels', 'must name at least one channel');
    const inherited = parent ?? DEFAULTS;
    const groupBy = read.texts('groupBy', 'a list of labels, or ["..."] for all of them');
    const route: Omit<Route, 'routes'> = {
      key: `${parent === null ? '' : `${parent.key}/`}{${match.map(({ text }) => text).join(',')}}`,
      match,
      channels,
      groupBy: groupBy === null ? inherited.groupBy : groupBy[0] === '...' ? null : groupBy,
      groupWaitMs: read.duration('groupWait') ?? inherited.groupWaitMs,
      groupIntervalMs: read.duration('groupInterval', 1_000) ?? inherited.groupIntervalMs,
      repeatIntervalMs: read.duration('repeatInterval', 60_000) ?? inherited.repeatIntervalMs,
      escalate: this.#escalations(map, read) ?? parent?.escalate ?? [],
      goOn: values.continue === true,
    };
    if (read.has('continue') && typeof values.continue !== 'boolean')
      read.wrong('continue', 'must be true or false');
    const children = map.get('routes', true) as unknown;
    if (children !== undefined && !isSeq(children)) read.wrong('routes', 'must be a list of routes');
    const routes = (isSeq(children) ? children.items : []).flatMap((child) => {
      if (isMap(child)) return [this.read(child, { ...route, routes: [] }, depth + 1)];
      this.source.report(child, 'route: must be a mapping of keys to values');
      return [];
    });
    return { ...route, routes };
  }

  #channels(read: ValueReader, key: string): readonly string[] | null {
    const channels = read.texts(key, 'a list of different channels');
    const unknown = channels?.find((name) => !this.names.has(name));
    if (unknown !== undefined)
      read.wrong(key, `"${unknown}" is no channel; there are ${[...this.names].join(', ')}`);
    return channels;
  }

  #escalations(map: YAMLMap, read: ValueReader): readonly Escalation[] | null {
    const list = map.get('escalate', true) as unknown;
    if (list === undefined) return null;
    if (!isSeq(list)) {
      read.wrong('escalate', 'must be a list of { after: DURATION, channels: [...] }');
      return null;
    }
    return list.items.map((item) => {
      if (!isMap(item))
        return this.source.refuse(item, 'escalate: must be { after: DURATION, channels: [...] }');
      const step = new ValueReader(this.source.valuesOf(item), this.source.complainer(item, 'escalate'));
      step.onlyKeys(['after', 'channels']);
      const afterMs: Millis | null = step.duration('after', 1_000);
      const channels = this.#channels(step, 'channels') ?? [];
      if (afterMs === null) step.wrong('after', 'is missing; must be a duration such as 15m');
      if (channels.length === 0) step.wrong('channels', 'must name at least one channel');
      return { afterMs: afterMs ?? 0, channels };
    });
  }
}

function readInhibitions(source: YamlSource, list: unknown): Inhibition[] {
  if (list === undefined) return [];
  if (!isSeq(list)) return source.refuse(list, 'inhibit: must be a list of { source, target, equal }');
  return list.items.map((item) => {
    if (!isMap(item)) return source.refuse(item, 'inhibit: must be { source, target, equal }');
    const read = new ValueReader(source.valuesOf(item as Node), source.complainer(item, 'inhibit'));
    read.onlyKeys(['source', 'target', 'equal']);
    const [from, to] = [matchers(read, 'source'), matchers(read, 'target')];
    if (from.length === 0) read.wrong('source', 'must be a list of matchers, at least one');
    if (to.length === 0) read.wrong('target', 'must be a list of matchers, at least one');
    // Tenants have nothing to do with one another.
    const equal = [...new Set(['tenant', ...(read.texts('equal', 'a list of labels') ?? [])])];
    return { source: from, target: to, equal };
  });
}

function matchers(read: ValueReader, key: string): Matcher[] {
  const texts = read.texts(key, `a list, each ${MATCHER_ALLOWED}`) ?? [];
  return texts.flatMap((text) => {
    const matcher = parseMatcher(text);
    if (matcher === null)
      read.wrong(key, `must be a list, each ${MATCHER_ALLOWED}: value was ${JSON.stringify(text)}`);
    return matcher ?? [];
  });
}
