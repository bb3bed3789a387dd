import { type Matcher, parseMatcher } from '../../../shared/alerting/matcher.js';
import { namedTexts } from '../../../shared/alerting/rules/named-texts.js';
import { counted, type FileKind } from '../../../shared/files/file-kind.js';
import { readNamed } from '../../../shared/files/read-text.js';
import {
  boolean,
  duration,
  listOf,
  mapOf,
  mapping,
  oneOf,
  text,
  texts,
} from '../../../shared/files/readers.js';
import type { Reader } from '../../../shared/files/value.js';
import { readYaml } from '../../../shared/files/yaml-file.js';
import type { ChannelSettings } from './channel.js';
import { channelFrom } from './read-channel.js';
import type { Escalation, Inhibition, Route, Routing } from './routing.js';
import type { Secrets } from './secrets.js';
import { intervalsAmong, type TimeInterval, timeIntervals } from './time-intervals.js';

/** Everything that a notifications file says. */
export interface NotificationSettings {
  readonly channels: readonly ChannelSettings[];
  readonly routing: Routing;
}

const KEYS = ['channels', 'route', 'inhibit', 'timeIntervals', 'watchdog', 'externalUrl', 'externalLabels'];
const ROUTE_KEYS = [
  'match',
  'channels',
  'groupBy',
  'groupWait',
  'groupInterval',
  'repeatInterval',
  'escalate',
  'muteTimeIntervals',
  'activeTimeIntervals',
  'continue',
  'routes',
];

const TIMES = ['muteTimeIntervals', 'activeTimeIntervals'];

/** What routes may name. */
interface Names {
  readonly channels: readonly string[];
  readonly intervals: ReadonlyMap<string, TimeInterval>;
}

/** As Alertmanager has them, with a shorter wait. */
const DEFAULTS = {
  channels: [],
  escalate: [],
  groupBy: ['tenant', 'alertname'] as readonly string[],
  groupWaitMs: 10_000,
  groupIntervalMs: 60_000,
  repeatIntervalMs: 14_400_000,
};
/** What is sent again and again is due by the last delivery: how exactly that is kept. */
const WATCHDOG_LOOK_MS = 5_000;
/** In place of the labels that alerts are grouped by. */
const ALL_LABELS = '...';
const MAX_DEPTH = 10;
/** Of one route, and of one side of an inhibition. */
const MAX_MATCHERS = 50;

/**
 * Reads and checks the file; secrets are read from where it says.
 *
 * @param only the channel whose secrets are read; default all
 */
export function loadRouting(path: string, secrets: Secrets, only?: string): NotificationSettings {
  return parseRouting(
    readNamed('TACTUS_NOTIFICATIONS_FILE (alerting.notificationsFile)', path),
    path,
    secrets,
    only,
  );
}

/**
 * As {@link loadRouting}, of a text; `file` names it in messages.
 *
 * @throws InvalidFileError naming every mistake with its place, value and what is allowed
 */
export function parseRouting(
  yaml: string,
  file: string,
  secrets: Secrets,
  only?: string,
): NotificationSettings {
  return readYaml(yaml, file, settingsFrom(secrets, only));
}

/** Notification files, for `tactus check`. */
export const notificationsKind: FileKind = {
  name: 'notifications',
  keys: KEYS,
  check: (yaml, file) => counted(parseRouting(yaml, file, null).channels.length, 'channel'),
};

function settingsFrom(secrets: Secrets, only?: string): Reader<NotificationSettings> {
  const byName = mapOf(channelFrom(secrets, only), {
    allowed: 'a mapping of names to channels',
    name: (name) =>
      /^[A-Za-z0-9_-]{1,60}$/.test(name) ? null : 'must be named by 1 to 60 of A-Z a-z 0-9 _ -',
  });
  return mapping(
    KEYS,
    (fields) => {
      const channels = fields.required('channels', byName);
      const intervals = fields.optional('timeIntervals', timeIntervals, new Map<string, TimeInterval>());
      const names = { channels: fields.at('channels').keys(), intervals };
      const route = fields.required('route', routeUnder(null, names));
      const inhibitions = fields.optional('inhibit', inhibitionList, []);
      const watchdog = fields.optional('watchdog', watchdogTo(names.channels), null);
      const routing = route && { route, inhibitions, watchdog };
      const about = {
        ...(fields.has('externalUrl') && { externalUrl: fields.optional('externalUrl', webAddress, '') }),
        ...(fields.has('externalLabels') && {
          externalLabels: Object.fromEntries(fields.optional('externalLabels', namedTexts([]), [])),
        }),
      };
      return (
        channels &&
        routing && { channels: [...channels.values()].map((one) => ({ ...one, ...about })), routing }
      );
    },
    'a mapping of `channels` and `route`, and perhaps `inhibit`, `timeIntervals` and `watchdog`',
  );
}

/** An address that people open, without a slash at its end. */
const webAddress: Reader<string> = (value) => {
  const address = text('an address such as https://tactus.example.com', /^https?:\/\/[^\s]{1,500}$/)(value);
  if (address === null) return null;
  if (!URL.canParse(address) || new URL(address).password !== '' || /[?#]/.test(address))
    return value.wrong('must be an address without a password, ? and #');
  return address.replace(/\/+$/, '');
};

/** Who expects the alert that always fires, and how often. */
function watchdogTo(names: readonly string[]): Reader<Route> {
  return mapping(
    ['channels', 'every'],
    (fields) => {
      const channels = fields.required('channels', channelsAmong(names));
      if (channels?.length === 0) fields.wrong('channels', 'must name at least one channel');
      const repeatIntervalMs = fields.optional('every', duration({ min: 10_000 }), 60_000);
      if (channels === null) return null;
      return {
        ...{ key: '{watchdog}', match: [], channels, groupBy: ['alertname'], escalate: [] },
        ...{ groupWaitMs: 0, groupIntervalMs: WATCHDOG_LOOK_MS, repeatIntervalMs },
        ...{ mute: [], active: [], goOn: false, routes: [] },
      };
    },
    '{ channels: [...], every: DURATION }',
  );
}

/** A list of channels. Without any name it is the channels that are wrong, not what refers to them. */
const channelsAmong = (names: readonly string[]): Reader<readonly string[]> =>
  texts('a list of different channels', names.length === 0 ? text() : oneOf(names));

/** A route that inherits from the one above it; null for the first. */
function routeUnder(parent: Route | null, names: Names, depth = 0): Reader<Route> {
  const channelList = channelsAmong(names.channels);
  const intervals = intervalsAmong(names.intervals);
  const escalations = listOf(escalationTo(channelList), {
    allowed: 'a list of { after: DURATION, channels: [...] }',
  });
  const inherited = parent ?? DEFAULTS;
  /** How many siblings have the same matchers so far: each has groups of its own. */
  const alike = new Map<string, number>();
  const keyOf = (match: readonly Matcher[]) => {
    const key = `${parent === null ? '' : `${parent.key}/`}{${match.map((one) => one.text).join(',')}}`;
    const nth = (alike.get(key) ?? 0) + 1;
    alike.set(key, nth);
    return nth === 1 ? key : `${key}#${nth}`;
  };
  return mapping(
    ROUTE_KEYS,
    (fields) => {
      if (depth > MAX_DEPTH) return fields.wrong('match', `must be in a route at most ${MAX_DEPTH} deep`);
      const match = fields.optional('match', matchers, []);
      if (parent === null && match.length > 0)
        fields.wrong('match', 'is not allowed on the first route: it takes all');
      for (const key of TIMES)
        if (parent === null && fields.has(key))
          fields.wrong(key, 'is not allowed on the first route: put it on the routes below');
      const own = fields.has('channels') ? fields.required('channels', channelList) : inherited.channels;
      if (own?.length === 0) fields.wrong('channels', 'must name at least one channel');
      const channels = own ?? [];
      const groupBy = fields.optional('groupBy', texts('a list of labels, or ["..."] for all of them'), null);
      if (groupBy !== null && groupBy.length > 1 && groupBy.includes(ALL_LABELS))
        fields.wrong('groupBy', `must hold "${ALL_LABELS}" alone: it stands for all labels`);
      const interval = duration({ min: 1_000 });
      const route: Omit<Route, 'routes'> = {
        key: keyOf(match),
        match,
        channels,
        groupBy: groupBy === null ? inherited.groupBy : groupBy[0] === ALL_LABELS ? null : groupBy,
        groupWaitMs: fields.optional('groupWait', duration(), inherited.groupWaitMs),
        groupIntervalMs: fields.optional('groupInterval', interval, inherited.groupIntervalMs),
        repeatIntervalMs: fields.optional(
          'repeatInterval',
          duration({ min: 60_000 }),
          inherited.repeatIntervalMs,
        ),
        escalate: fields.optional('escalate', escalations, inherited.escalate),
        // Not inherited, as with Alertmanager.
        mute: fields.optional('muteTimeIntervals', intervals, []),
        active: fields.optional('activeTimeIntervals', intervals, []),
        goOn: fields.optional('continue', boolean, false),
      };
      const child = routeUnder({ ...route, routes: [] }, names, depth + 1);
      return {
        ...route,
        routes: fields.optional('routes', listOf(child, { allowed: 'a list of routes' }), []),
      };
    },
    'a route with `channels`',
  );
}

function escalationTo(channelList: Reader<readonly string[]>): Reader<Escalation> {
  return mapping(
    ['after', 'channels'],
    (fields) => {
      const afterMs = fields.required('after', duration({ min: 1_000 }));
      const channels = fields.required('channels', channelList);
      if (channels?.length === 0) fields.wrong('channels', 'must name at least one channel');
      return afterMs === null || channels === null ? null : { afterMs, channels };
    },
    '{ after: DURATION, channels: [...] }',
  );
}

const matcher: Reader<Matcher> = (value) => {
  const { scalar } = value;
  const parsed = parseMatcher(typeof scalar === 'string' ? scalar : '');
  return typeof parsed === 'string' ? value.refuse(parsed) : parsed;
};

const matcherList = listOf(matcher, { allowed: 'a list of matchers', most: MAX_MATCHERS });

const matchers: Reader<readonly Matcher[]> = (value) => {
  const all = matcherList(value);
  if (all === null || new Set(all.map((one) => one.text)).size === all.length) return all;
  return value.wrong('must hold different matchers');
};

const someMatchers: Reader<readonly Matcher[]> = (value) => {
  const all = value.isAbsent ? [] : matchers(value);
  return all?.length === 0 ? value.wrong('must be a list of matchers, at least one') : all;
};

const inhibition = mapping<Inhibition>(
  ['source', 'target', 'equal'],
  (fields) => {
    const source = fields.required('source', someMatchers);
    const target = fields.required('target', someMatchers);
    const labels = fields.optional('equal', texts('a list of labels'), []);
    // Tenants have nothing to do with one another.
    const equal = [...new Set(['tenant', ...labels])];
    return source && target && { source, target, equal };
  },
  '{ source, target, equal }',
);

const inhibitionList = listOf(inhibition, { allowed: 'a list of { source, target, equal }' });
