import type { Targets } from '../../../shared/adapters/http/targets.js';
import type { Config } from '../../../shared/config/load.js';
import { TactusError } from '../../../shared/core/errors.js';
import { FollowedFile, type FollowedOptions } from '../../../shared/process/followed-value.js';
import type { ChannelSettings } from './channel.js';
import { loadRouting, type NotificationSettings } from './routing-file.js';

/** The channel that `TACTUS_ALERT_WEBHOOK_URL` stands for. */
const WEBHOOK = 'webhook';

/** Channels and routes; null where there is no channel. */
export type Notifications = NotificationSettings | null;

/**
 * The channels and routes in force, which follow their file.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` when something is wrong at the start
 */
export function followedNotifications(
  config: Config['alerting'],
  env: NodeJS.ProcessEnv,
  targets: Targets,
  about: Pick<FollowedOptions<Notifications>, 'log' | 'reloaded'>,
): FollowedFile<Notifications> {
  return new FollowedFile<Notifications>({
    ...about,
    path: config.notificationsFile,
    load: () => loadNotifications(config, env, targets),
    // With the secrets of the channels, which change in files of their own.
    identity: JSON.stringify,
    onMore: true,
    what: 'channels and routes',
    describe: (settings) => ({ channels: settings?.channels.map(({ name }) => name) ?? [] }),
  });
}

/**
 * The channels and routes that the configuration names.
 *
 * @param only the channel whose secrets are read and whose address is checked; default all
 * @throws TactusError `TACTUS_CONFIG_INVALID` when something is wrong
 */
export function loadNotifications(
  config: Config['alerting'],
  env: NodeJS.ProcessEnv,
  targets: Targets,
  only?: string,
): Notifications {
  const { notificationsFile, webhookUrl } = config;
  if (notificationsFile !== '' && webhookUrl !== '')
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      'TACTUS_ALERT_WEBHOOK_URL (alerting.webhookUrl): must be empty when TACTUS_NOTIFICATIONS_FILE is set: name the webhook there',
    );
  if (notificationsFile === '' && webhookUrl === '') return null;
  const settings =
    notificationsFile === '' ? singleWebhook(config) : loadRouting(notificationsFile, env, only);
  for (const channel of settings.channels)
    if (only === undefined || channel.name === only) checkAddress(channel, targets);
  return settings;
}

/** Checks literal addresses before anything is sent; a name is resolved at each attempt. */
function checkAddress(channel: ChannelSettings, targets: Targets): void {
  const { hostname } = new URL(channel.type === 'email' ? channel.server : channel.url);
  const problem = targets.literalProblem(hostname);
  if (problem !== null)
    throw new TactusError('TACTUS_CONFIG_INVALID', `channel "${channel.name}": ${problem}`);
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
    mute: [],
    active: [],
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
  return { channels: [channel], routing: { route, inhibitions: [], watchdog: null } };
}
