import { boolean, duration, integer, mapping, oneOf, text, texts } from '../../../shared/files/readers.js';
import type { Fields, Reader, Value } from '../../../shared/files/value.js';
import type { ChannelSettings } from './channel.js';
import { type Secrets, secretFrom } from './secrets.js';
import { type Trial, trialProblem } from './template-trial.js';
import { type ChannelTemplate, compileChannelTemplate } from './templates/template.js';

const COMMON = ['type', 'timeout', 'maxPerMinute', 'sendResolved'];
/** Of those whose notifications people read; the others have a form of their own. */
const WORDS = ['title', 'text'];
const WORDLESS: readonly string[] = ['webhook', 'action', 'custom'];
const KEYS: Readonly<Record<ChannelSettings['type'], readonly string[]>> = {
  slack: ['url'],
  teams: ['url'],
  discord: ['url'],
  telegram: ['botToken', 'chatId', 'url'],
  opsgenie: ['apiKey', 'url'],
  sns: ['topicArn', 'accessKeyId', 'secretAccessKey', 'url'],
  custom: ['url', 'body', 'contentType', 'authorization'],
  pagerduty: ['routingKey', 'url'],
  webhook: ['url', 'authorization'],
  action: ['action', 'url', 'secret'],
  email: ['server', 'user', 'password', 'from', 'to'],
};
const TYPES = Object.keys(KEYS) as ChannelSettings['type'][];
const PAGERDUTY = 'https://events.pagerduty.com/v2/enqueue';
const OPSGENIE = 'https://api.opsgenie.com';
const TELEGRAM = 'https://api.telegram.org';
/** What stands in the path of Telegram's addresses, so nothing else may. */
const BOT_TOKEN = /^\d{1,20}:[A-Za-z0-9_-]{1,100}$/;
const TOPIC_ARN = /^arn:aws(?:-cn|-us-gov)?:sns:[a-z0-9-]{1,40}:\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/;
const MEDIA_TYPE = /^[a-z0-9.+-]{1,100}\/[a-z0-9.+-]{1,100}(?:; ?charset=[A-Za-z0-9-]{1,40})?$/;
const HTTP = ['http:', 'https:'];
/** Timers take no more than 24 days, and a channel waits for its last call. */
const MAX_TIMEOUT_MS = 600_000;
const mailAddress = text('a mail address', /^[^\s<>,]{1,64}@[^\s<>,]{1,255}$/);

/**
 * A channel, by its name.
 *
 * @param only the one whose secrets are looked up; default all
 */
export function channelFrom(
  all: Secrets,
  only?: string,
): (value: Value, name: string) => ChannelSettings | null {
  return (value, name) => {
    const tries = all === null;
    const secrets = only === undefined || name === only ? all : null;
    const { scalar } = value.fields()?.at('type') ?? {};
    const known = TYPES.find((type) => type === scalar);
    const own = known === undefined ? Object.values(KEYS).flat() : KEYS[known];
    const words = WORDLESS.includes(String(scalar)) ? [] : WORDS;
    return mapping<ChannelSettings>([...COMMON, ...words, ...new Set(own)], (fields) => {
      const type = fields.required('type', oneOf(TYPES));
      if (type === null) return null;
      const common = {
        name,
        timeoutMs: fields.optional('timeout', duration({ min: 1_000, max: MAX_TIMEOUT_MS }), 10_000),
        maxPerMinute: fields.optional('maxPerMinute', integer(1, 10_000), 60),
        sendResolved: fields.optional('sendResolved', boolean, type !== 'action'),
      };
      const { sendResolved } = common;
      const readable = template(tries, { makes: 'text', isJson: false, sendResolved });
      const title = fields.optional('title', readable, null);
      const text = fields.optional('text', readable, null);
      const settings = ownOf(type, fields, { secrets, tries, sendResolved });
      if (settings === null) return null;
      return { ...common, ...settings, ...(title !== null && { title }), ...(text !== null && { text }) };
    })(value);
  };
}

/** What all types of channel have. */
type CommonSettings = Pick<
  ChannelSettings,
  'name' | 'timeoutMs' | 'maxPerMinute' | 'sendResolved' | 'title' | 'text' | 'externalUrl' | 'externalLabels'
>;

type OwnSettings = ChannelSettings extends infer S
  ? S extends ChannelSettings
    ? Omit<S, keyof CommonSettings>
    : never
  : never;

/** What only this type of channel has. */
function ownOf(
  type: ChannelSettings['type'],
  fields: Fields,
  {
    secrets,
    tries,
    sendResolved,
  }: {
    readonly secrets: Secrets;
    /** Whether templates are tried. */
    readonly tries: boolean;
    readonly sendResolved: boolean;
  },
): OwnSettings | null {
  const secret = secretFrom(secrets);
  const secretUrl = urlOf(secret, HTTP);
  const url = openUrl(secretUrl);
  switch (type) {
    case 'slack':
    case 'teams':
    case 'discord': {
      // Whoever knows the address can write to the channel.
      const address = fields.required('url', secretUrl);
      return address === null ? null : { type, url: address };
    }
    case 'telegram': {
      const botToken = fields.required(
        'botToken',
        secretMatching(secret, BOT_TOKEN, 'a token such as 123:abc'),
      );
      const chatId = fields.required('chatId', chat);
      const address = baseOf(fields.optional('url', url, TELEGRAM));
      return botToken === null || chatId === null ? null : { type, botToken, chatId, url: address };
    }
    case 'opsgenie': {
      const apiKey = fields.required('apiKey', secret);
      const address = baseOf(fields.optional('url', url, OPSGENIE));
      return apiKey === null ? null : { type, apiKey, url: address };
    }
    case 'sns': {
      const topicArn = fields.required('topicArn', text('the ARN of a topic', TOPIC_ARN));
      const accessKeyId = fields.required('accessKeyId', secret);
      const secretAccessKey = fields.required('secretAccessKey', secret);
      const region = topicArn?.split(':')[3] ?? '';
      const domain = topicArn?.startsWith('arn:aws-cn:') ? 'amazonaws.com.cn' : 'amazonaws.com';
      const address = fields.optional('url', url, `https://sns.${region}.${domain}/`);
      return topicArn === null || accessKeyId === null || secretAccessKey === null
        ? null
        : { type, topicArn, accessKeyId, secretAccessKey, region, url: address };
    }
    case 'custom': {
      const address = fields.required('url', url);
      const contentType = fields.optional(
        'contentType',
        text('a media type', MEDIA_TYPE),
        'application/json',
      );
      const isJson = /^application\/(?:.+\+)?json/.test(contentType);
      const body = fields.required('body', template(tries, { makes: 'body', isJson, sendResolved }));
      const authorization = fields.optional('authorization', secret, '');
      return address === null || body === null
        ? null
        : { type, url: address, body, contentType, authorization };
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
      const server = fields.required('server', mailServer);
      const user = fields.optional('user', text('a name', /^.{1,200}$/), '');
      const password = user === '' ? '' : fields.required('password', secret);
      const from = fields.required('from', mailAddress);
      const to = fields.required('to', recipients);
      if (server === null || password === null || from === null || to === null) return null;
      return { type, server, user, password, from, to };
    }
  }
}

/** A template of what people read, or of a body; it is tried where the file alone is checked. */
function template(tries: boolean, trial: Trial): Reader<ChannelTemplate> {
  return (value) => {
    const { scalar } = value;
    if (typeof scalar !== 'string' || scalar === '') return value.refuse('a template');
    const compiled = compileChannelTemplate(scalar, trial.makes);
    if (typeof compiled === 'string') return value.wrong(compiled);
    const problem = tries ? trialProblem(compiled, trial) : null;
    return problem === null ? compiled : value.wrong(problem);
  };
}

/** A number, or the name of a public channel. */
const chat: Reader<string> = (value) => {
  const written = String(value.scalar ?? '');
  return /^(?:-?\d{1,20}|@[A-Za-z0-9_]{1,64})$/.test(written)
    ? written
    : value.refuse('the id of a chat such as -1001234567890, or @channel');
};

/** Not looked up, it is empty. */
function secretMatching(secret: Reader<string>, pattern: RegExp, allowed: string): Reader<string> {
  return (value) => {
    const found = secret(value);
    return found === null || found === '' || pattern.test(found)
      ? found
      : value.asSecret().wrong(`must be ${allowed}`);
  };
}

const baseOf = (address: string) => address.replace(/\/+$/, '');

const recipients: Reader<readonly string[]> = (value) => {
  const to = texts('a list of different mail addresses', mailAddress)(value);
  return to?.length === 0 ? value.wrong('must hold at least one mail address') : to;
};

/** Name and password, which are keys of their own, have no place in it. */
const mailServer: Reader<string> = (value) => {
  const server = urlOf(text('smtp://HOST:PORT or smtps://HOST:PORT'), ['smtp:', 'smtps:'])(value);
  if (server === null) return null;
  const { username, password } = new URL(server);
  if (username === '' && password === '') return server;
  return value.wrong('must be without a name and a password: they are user and password');
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
