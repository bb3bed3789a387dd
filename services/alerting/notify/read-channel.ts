import { type Complain, must, ValueReader } from '../../../shared/files/value-reader.js';
import type { ChannelSettings } from './channel.js';
import { readSecret } from './secrets.js';

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
const ADDRESS = /^[^\s<>,]{1,64}@[^\s<>,]{1,255}$/;
const NAME = /^[A-Za-z0-9_-]{1,60}$/;

/** One channel from its YAML values; null if anything is wrong, all of which `complain` is told. */
export function readChannel(
  name: string,
  values: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
  complain: Complain,
): ChannelSettings | null {
  const read = new ValueReader(values, complain);
  if (!NAME.test(name)) read.wrong('type', 'is of a channel whose name must be 1 to 60 of A-Z a-z 0-9 _ -');
  if (!read.has('type')) read.wrong('type', `is missing; must be one of ${TYPES.join(', ')}`);
  const type = read.choice('type', TYPES, 'webhook');
  if (read.good) read.onlyKeys([...COMMON, ...KEYS[type]]);
  const common = {
    name,
    timeoutMs: read.duration('timeout', 1_000) ?? 10_000,
    maxPerMinute: wholeNumber(read, values, 'maxPerMinute', 60),
    sendResolved: flag(read, values, 'sendResolved', type !== 'action'),
  };
  const own = readOwn(type, { read, values, env });
  return read.good ? { ...common, ...own } : null;
}

interface Reading {
  readonly read: ValueReader;
  readonly values: Readonly<Record<string, unknown>>;
  readonly env: NodeJS.ProcessEnv;
}

/** What only this type of channel has. */
function readOwn(type: ChannelSettings['type'], { read, values, env }: Reading): OwnSettings {
  const secret = (key: string) => readSecret(read, key, values[key], env);
  switch (type) {
    case 'slack':
      // Whoever knows the address can write to the channel.
      return { type, url: checkedUrl(read, 'url', secret('url')) };
    case 'pagerduty':
      return {
        type,
        routingKey: secret('routingKey'),
        url: read.has('url') ? address(read, values, env) : PAGERDUTY,
      };
    case 'webhook':
      return {
        type,
        url: address(read, values, env),
        authorization: read.has('authorization') ? secret('authorization') : '',
      };
    case 'action':
      return {
        type,
        action: read.text('action', 'a name such as scale_up', /^[A-Za-z0-9_.-]{1,100}$/),
        url: address(read, values, env),
        secret: secret('secret'),
      };
    case 'email': {
      const user = read.has('user') ? read.text('user', 'a name', /^.{1,200}$/) : '';
      return {
        type,
        server: checkedUrl(
          read,
          'server',
          read.text('server', 'smtp://HOST:PORT or smtps://HOST:PORT', /./),
          'smtp:',
          'smtps:',
        ),
        user,
        password: user === '' ? '' : secret('password'),
        from: read.text('from', 'a mail address', ADDRESS),
        to: addresses(read),
      };
    }
  }
}

type OwnSettings = ChannelSettings extends infer S
  ? S extends ChannelSettings
    ? Omit<S, 'name' | 'timeoutMs' | 'maxPerMinute' | 'sendResolved'>
    : never
  : never;

/** An address in the file, or, where it holds a secret itself, from where the file says. */
function address(read: ValueReader, values: Reading['values'], env: NodeJS.ProcessEnv): string {
  const { url } = values;
  if (typeof url !== 'string') return checkedUrl(read, 'url', readSecret(read, 'url', url, env));
  const checked = checkedUrl(read, 'url', url);
  if (checked !== '' && new URL(checked).password !== '')
    read.wrong('url', 'holds a password: must be without, or { env: VARIABLE } or { file: PATH }');
  return checked;
}

function checkedUrl(read: ValueReader, key: string, text: string, ...schemes: string[]): string {
  const allowed = schemes.length > 0 ? schemes : ['http:', 'https:'];
  if (text !== '' && URL.canParse(text) && allowed.includes(new URL(text).protocol)) return text;
  // The value is not shown: it may be a secret.
  if (text !== '') read.wrong(key, `must be a URL with ${allowed.map((s) => `${s}//`).join(' or ')}`);
  return '';
}

function addresses(read: ValueReader): readonly string[] {
  const to = read.texts('to', 'a list of different mail addresses') ?? [];
  if (to.length === 0 || !to.every((one) => ADDRESS.test(one)))
    read.wrong('to', must('a list of mail addresses', to));
  return to;
}

function wholeNumber(read: ValueReader, values: Reading['values'], key: string, fallback: number): number {
  const value = values[key] ?? fallback;
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 10_000)
    return value as number;
  read.wrong(key, must('a whole number from 1 to 10000', value));
  return fallback;
}

function flag(read: ValueReader, values: Reading['values'], key: string, fallback: boolean): boolean {
  const value = values[key] ?? fallback;
  if (typeof value === 'boolean') return value;
  read.wrong(key, must('true or false', value));
  return fallback;
}
