import type { Config } from '../../../shared/config/load.js';
import { TactusError } from '../../../shared/core/errors.js';
import { followFile } from '../../../shared/process/followed-file.js';
import type { Logger } from '../../../shared/process/logger.js';
import type { ChannelSettings } from './channel.js';
import { loadRouting, type NotificationSettings } from './routing-file.js';
import { Targets } from './targets.js';

/** The channel that `TACTUS_ALERT_WEBHOOK_URL` stands for. */
const WEBHOOK = 'webhook';

/** Channels and routes in force; they follow their file. */
export class Notifications {
  readonly targets: Targets;
  #current: NotificationSettings | null;
  #version = 0;

  /** @throws TactusError `TACTUS_CONFIG_INVALID` when something is wrong at the start. */
  constructor(
    private readonly config: Config['alerting'],
    private readonly env: NodeJS.ProcessEnv,
    private readonly log: Logger,
    private readonly reloaded: (outcome: 'changed' | 'refused') => void,
  ) {
    this.targets = new Targets(config.allowedNetworks.split(',').filter((network) => network !== ''));
    this.#current = this.#load();
  }

  /** Null when there is no channel. */
  get current(): NotificationSettings | null {
    return this.#current;
  }

  /** Goes up with each change. */
  get version(): number {
    return this.#version;
  }

  /** Follows the file until `signal` aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    if (this.config.notificationsFile === '') return;
    const file = {
      load: () => this.#load(),
      identity: (settings: NotificationSettings | null) => JSON.stringify(settings),
      changed: (settings: NotificationSettings | null) => {
        this.#current = settings;
        this.#version += 1;
        this.log.info('channels and routes changed');
        this.reloaded('changed');
      },
      refused: (problem: string, error: unknown) => {
        this.log.error({ error }, `keeping the channels and routes in force: ${problem}`);
        this.reloaded('refused');
      },
    };
    await followFile(file, this.#current, signal);
  }

  #load(): NotificationSettings | null {
    const { notificationsFile, webhookUrl } = this.config;
    if (notificationsFile !== '' && webhookUrl !== '')
      throw new TactusError(
        'TACTUS_CONFIG_INVALID',
        'TACTUS_ALERT_WEBHOOK_URL (alerting.webhookUrl): must be empty when TACTUS_NOTIFICATIONS_FILE is set: name the webhook there',
      );
    if (notificationsFile === '' && webhookUrl === '') return null;
    const settings =
      notificationsFile === '' ? singleWebhook(this.config) : loadRouting(notificationsFile, this.env);
    for (const channel of settings.channels) this.#checkAddress(channel);
    return settings;
  }

  /** Checks literal addresses before anything is sent; a name is resolved at each attempt. */
  #checkAddress(channel: ChannelSettings): void {
    const { hostname } = new URL(channel.type === 'email' ? channel.server : channel.url);
    const literal = hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[(.*)\]$/, '$1');
    if (!/^[\d.]+$|:/.test(literal) || this.targets.allows(literal)) return;
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      `channel "${channel.name}": ${hostname} is not a public address; allowed are public ones and those of TACTUS_ALERT_ALLOWED_NETWORKS: value was ${JSON.stringify(this.config.allowedNetworks)}`,
    );
  }
}

/** Each alert by itself, at once. */
function singleWebhook({ webhookUrl, webhookTimeoutMs }: Config['alerting']): NotificationSettings {
  const route = {
    key: '{}',
    match: [],
    channels: [WEBHOOK],
    groupBy: null,
    groupWaitMs: 0,
    groupIntervalMs: 1_000,
    repeatIntervalMs: 14_400_000,
    escalate: [],
    goOn: false,
    routes: [],
  };
  const channel: ChannelSettings = {
    name: WEBHOOK,
    type: 'webhook',
    url: webhookUrl,
    authorization: '',
    timeoutMs: webhookTimeoutMs,
    maxPerMinute: 600,
    sendResolved: true,
  };
  return { channels: [channel], routing: { route, inhibitions: [] } };
}
