import { beginningOf } from '../../../shared/core/beginning-of.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { ChannelSettings } from './channel.js';
import { json, type Post, waitOf } from './http-post.js';
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
const TEAMS_TEXT = 12_000;
/** Teams takes 28 KB in all; the text with its blocks leaves room for the rest. */
const TEAMS_BYTES = 24_000;
/** Of a block of the card, beside its text. */
const BLOCK_BYTES = 70;
/** Of a UTF-16 unit in JSON, without controls. */
const MAX_UNIT_BYTES = 3;

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
      ...teamsLines(text).map((line) => block({ text: line, spacing: 'Small' })),
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

/** The lines of a text that the card has room for; how many bytes they take is up to the labels. */
function teamsLines(text: string): string[] {
  const lines: string[] = [];
  let left = TEAMS_BYTES;
  for (const line of withoutLinks(cut(text, TEAMS_TEXT)).split('\n')) {
    const room = left - BLOCK_BYTES;
    left = room - Buffer.byteLength(JSON.stringify(line));
    if (left < 0) {
      lines.push(`${beginningOf(line, Math.max(0, Math.floor(room / MAX_UNIT_BYTES)))}...`);
      break;
    }
    lines.push(line);
  }
  return lines;
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

/** How long Telegram asks to wait: in what its answer holds, not in a header. */
export function telegramWait(answer: string): Millis | null {
  try {
    const { parameters } = JSON.parse(answer) as { parameters?: { retry_after?: unknown } };
    return waitOf(parameters?.retry_after);
  } catch {
    return null;
  }
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${beginningOf(text, most - 3)}...`;
}
