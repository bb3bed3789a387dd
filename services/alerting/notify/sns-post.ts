import { createHash, createHmac } from 'node:crypto';
import type { Millis } from '../../../shared/core/clock.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import type { ChannelSettings } from './channel.js';
import type { Post } from './http-post.js';
import type { Notification } from './notification.js';
import { wordsOf } from './words.js';

type SnsSettings = Extract<ChannelSettings, { type: 'sns' }>;

const FORM = 'application/x-www-form-urlencoded; charset=utf-8';
/** Of a subject, which is of ASCII. */
const MAX_SUBJECT = 100;

/** `Publish` of Amazon SNS, signed by version 4. */
export function snsPost(settings: SnsSettings, notification: Notification, at: Millis): Post {
  const { topicArn } = settings;
  const { title, text } = wordsOf(settings, notification);
  const parameters = {
    ...{ Action: 'Publish', Version: '2010-03-31', TopicArn: topicArn },
    Subject:
      title
        .replace(/[^\x20-\x7e]+/g, ' ')
        .trim()
        .slice(0, MAX_SUBJECT) || 'Alert',
    Message: text,
    ...{ 'MessageAttributes.entry.1.Name': 'status', 'MessageAttributes.entry.1.Value.DataType': 'String' },
    'MessageAttributes.entry.1.Value.StringValue': notification.status,
    // Of a topic that keeps the order; SNS recognises a repetition within five minutes.
    ...(topicArn.endsWith('.fifo') && {
      MessageGroupId: createHash('sha256').update(notification.groupKey).digest('hex'),
      MessageDeduplicationId: notification.id,
    }),
  };
  const body = new URLSearchParams(parameters).toString();
  return { url: settings.url, body, headers: signed(settings, body, at) };
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** AWS Signature Version 4 of a POST. */
function signed(
  { url, region, accessKeyId, secretAccessKey }: SnsSettings,
  body: string,
  at: Millis,
): Record<string, string> {
  const { host, pathname } = new URL(url);
  const time = isoTime(at).replace(/\.\d{3}|[-:]/g, '');
  const date = time.slice(0, 8);
  const scope = `${date}/${region}/sns/aws4_request`;
  const headers = { 'content-type': FORM, host, 'x-amz-date': time };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const request = ['POST', pathname, '', lines.join(''), names, hash(body)].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope, hash(request)].join('\n');
  const key = ['sns', 'aws4_request'].reduce<Buffer>(
    (before, part) => mac(before, part),
    mac(mac(`AWS4${secretAccessKey}`, date), region),
  );
  const signature = mac(key, text).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { 'content-type': FORM, 'x-amz-date': time, authorization };
}
