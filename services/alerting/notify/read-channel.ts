import { boolean, duration, integer, mapping, oneOf, text, texts } from '../../../shared/files/readers.js';
import type { Fields, Reader, Value } from '../../../shared/files/value.js';
import type { ChannelSettings } from './channel.js';
import { type Secrets, secretFrom } from './secrets.js';

const COMMON = ['type', 'timeout', 'maxPerMinute', 'sendResolved'];
const KEYS: Readonly<Record<ChannelSettings['type'], readonly string[]>> = {
  slack: ['url'],
  pagerduty: ['routingKey', 'url'],
  webhook: ['url', 'authorization'],
  action: ['action', 'url', 'secret'],
  email: ['server', 'user', 'password', 'from', 'to'],
};
const TYPES = Object.keys(KEYS) as ChannelSettings['type'][];
const PAGERDUTY = 'https://events.pagerduty.com/v2/enqueue';
const HTTP = ['http:', 'https:'];
/** Timers take no more than 24 days, and a channel waits for its last call. */
const MAX_TIMEOUT_MS = 600_000;
const mailAddress = text('a mail address', /^[^\s<>,]{1,64}@[^\s<>,]{1,255}$/);

/** A channel, by its name. */
export function channelFrom(secrets: Secrets): (value: Value, name: string) => ChannelSettings | null {
  return (value, name) => {
    const { scalar } = value.fields()?.at('type') ?? {};
    const known = TYPES.find((type) => type === scalar);
    const own = known === undefined ? Object.values(KEYS).flat() : KEYS[known];
    return mapping<ChannelSettings>([...COMMON, ...new Set(own)], (fields) => {
      const type = fields.required('type', oneOf(TYPES));
      if (type === null) return null;
      const common = {
        name,
        timeoutMs: fields.optional('timeout', duration({ min: 1_000, max: MAX_TIMEOUT_MS }), 10_000),
        maxPerMinute: fields.optional('maxPerMinute', integer(1, 10_000), 60),
        sendResolved: fields.optional('sendResolved', boolean, type !== 'action'),
      };
      const settings = ownOf(type, fields, secrets);
      return settings && { ...common, ...settings };
    })(value);
  };
}

type OwnSettings = ChannelSettings extends infer S
  ? S extends ChannelSettings
    ? Omit<S, 'name' | 'timeoutMs' | 'maxPerMinute' | 'sendResolved'>
    : never
  : never;

/** What only this type of channel has. */
function ownOf(type: ChannelSettings['type'], fields: Fields, secrets: Secrets): OwnSettings | null {
  const secret = secretFrom(secrets);
  const secretUrl = urlOf(secret, HTTP);
  const url = openUrl(secretUrl);
  switch (type) {
    case 'slack': {
      // Whoever knows the address can write to the channel.
      const address = fields.required('url', secretUrl);
      return address === null ? null : { type, url: address };
    }
    case 'pagerduty': {
      const routingKey = fields.required('routingKey', secret);
      const address = fields.optional('url', url, PAGERDUTY);
      return routingKey === null ? null : { type, routingKey, url: address };
    }
    case 'webhook': {
      const address = fields.required('url', url);
      const authorization = fields.optional('authorization', secret, '');
      return address === null ? null : { type, url: address, authorization };
    }
    case 'action': {
      const action = fields.required('action', text('a name such as scale_up', /^[A-Za-z0-9_.-]{1,100}$/));
      const address = fields.required('url', url);
      const key = fields.required('secret', secret);
      return action === null || address === null || key === null
        ? null
        : { type, action, url: address, secret: key };
    }
    case 'email': {
      const server = fields.required(
        'server',
        urlOf(text('smtp://HOST:PORT or smtps://HOST:PORT'), ['smtp:', 'smtps:']),
      );
      const user = fields.optional('user', text('a name', /^.{1,200}$/), '');
      const password = user === '' ? '' : fields.required('password', secret);
      const from = fields.required('from', mailAddress);
      const to = fields.required('to', recipients);
      if (server === null || password === null || from === null || to === null) return null;
      return { type, server, user, password, from, to };
    }
  }
}

const recipients: Reader<readonly string[]> = (value) => {
  const to = texts('a list of different mail addresses', mailAddress)(value);
  return to?.length === 0 ? value.wrong('must hold at least one mail address') : to;
};

/** A URL, never shown: it may be a secret. Empty where secrets are not looked up. */
function urlOf(reader: Reader<string>, schemes: readonly string[]): Reader<string> {
  return (value) => {
    const address = reader(value.asSecret());
    if (address === null || address === '') return address;
    if (URL.canParse(address) && schemes.includes(new URL(address).protocol)) return address;
    return value.wrong(`must be a URL with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`);
  };
}

/** An address in the file, or, where it holds a secret itself, from where the file says. */
function openUrl(secret: Reader<string>): Reader<string> {
  const open = urlOf(text(), HTTP);
  return (value) => {
    if (typeof value.scalar !== 'string') return secret(value);
    const address = open(value);
    if (address === null || new URL(address).password === '') return address;
    return value.wrong('holds a password: must be without, or { env: VARIABLE } or { file: PATH }');
  };
}
