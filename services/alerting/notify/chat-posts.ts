import type { ChannelSettings } from './channel.js';
import { json, type Post } from './http-post.js';
import type { Notification } from './notification.js';
import { severityOf } from './text.js';
import { wordsOf } from './words.js';

/* Services whose rooms get a message. */

type SettingsOf<T extends ChannelSettings['type']> = Extract<ChannelSettings, { type: T }>;

const COLOURS = { critical: '#d00000', warning: '#e69f00', info: '#0072b2' } as const;
const RESOLVED = '#009e73';

const colourOf = (notification: Notification) =>
  notification.status === 'resolved' ? RESOLVED : COLOURS[severityOf(notification)];

/** Slack's incoming webhooks. `&`, `<` and `>` are escaped: a label cannot mention anybody or pass for a link. */
export function slackPost(settings: SettingsOf<'slack'>, notification: Notification): Post {
  const plain = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const words = wordsOf(settings, notification);
  const title = plain(words.title);
  const attachment = { color: colourOf(notification), fallback: title, text: plain(words.text) };
  return json(settings.url, { text: title, attachments: [attachment] });
}

const ADAPTIVE = 'application/vnd.microsoft.card.adaptive';
/** Teams takes 28 KB in all. */
const TEAMS_TEXT = 12_000;

/** A workflow of Microsoft Teams that posts what its webhook gets: a message with an adaptive card. */
export function teamsPost(settings: SettingsOf<'teams'>, notification: Notification): Post {
  const { title, text } = wordsOf(settings, notification);
  const tone = { critical: 'Attention', warning: 'Warning', info: 'Accent' }[severityOf(notification)];
  const { externalUrl = '' } = settings;
  const block = (more: object) => ({ type: 'TextBlock', wrap: true, ...more });
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    ...{ type: 'AdaptiveCard', version: '1.4', msteams: { width: 'Full' } },
    body: [
      block({
        ...{ text: withoutLinks(title), weight: 'Bolder', size: 'Medium' },
        color: notification.status === 'resolved' ? 'Good' : tone,
      }),
      ...cut(text, TEAMS_TEXT)
        .split('\n')
        .map((line) => block({ text: withoutLinks(line), spacing: 'Small' })),
    ],
    ...(externalUrl !== '' && {
      actions: [{ type: 'Action.OpenUrl', title: 'Open', url: `${externalUrl}/alerts` }],
    }),
  };
  return json(settings.url, {
    type: 'message',
    attachments: [{ contentType: ADAPTIVE, contentUrl: null, content: card }],
  });
}

/** Markdown's links: a label cannot pass for one. */
function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (').replaceAll('][', '] [');
}

const DISCORD_TITLE = 256;
const DISCORD_TEXT = 4_096;

/** Discord's webhooks. Nobody is mentioned, whatever a label says. */
export function discordPost(settings: SettingsOf<'discord'>, notification: Notification): Post {
  const { title, text } = wordsOf(settings, notification);
  const { externalUrl = '' } = settings;
  return json(settings.url, {
    embeds: [
      {
        ...{ title: cut(title, DISCORD_TITLE), description: cut(withoutLinks(text), DISCORD_TEXT) },
        color: Number.parseInt(colourOf(notification).slice(1), 16),
        ...(externalUrl !== '' && { url: `${externalUrl}/alerts` }),
      },
    ],
    allowed_mentions: { parse: [] },
  });
}

const TELEGRAM_TEXT = 4_096;

/** `sendMessage` of Telegram's bots, as plain text. */
export function telegramPost(settings: SettingsOf<'telegram'>, notification: Notification): Post {
  const { url, botToken, chatId } = settings;
  const { title, text } = wordsOf(settings, notification);
  return json(`${url}/bot${botToken}/sendMessage`, {
    ...{ chat_id: chatId, text: cut(`${title}\n${text}`, TELEGRAM_TEXT) },
    link_preview_options: { is_disabled: true },
    disable_notification: notification.status === 'resolved',
  });
}

/** At most so many characters (UTF-16 units, as these services count), and no half of one. */
function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 3).toWellFormed()}...`;
}
