import type { ChannelSettings } from './channel.js';
import type { Post } from './http-post.js';
import type { Notification } from './notification.js';
import { templateData } from './template-data.js';
import { wordsOf } from './words.js';

type CustomSettings = Extract<ChannelSettings, { type: 'custom' }>;

/** Whatever takes a POST: its body is a template. Where that takes too long, title and text as JSON are sent. */
export function customPost(settings: CustomSettings, notification: Notification): Post {
  const { url, body, contentType, authorization, externalUrl = '' } = settings;
  const rendered = body.render(templateData(notification, externalUrl));
  return {
    url,
    headers: {
      'content-type': contentType,
      'idempotency-key': notification.id,
      ...(authorization === '' ? {} : { authorization }),
    },
    body: rendered ?? JSON.stringify(wordsOf(settings, notification)),
  };
}
