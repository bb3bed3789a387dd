import { Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import type { Targets } from '../../../shared/adapters/http/targets.js';
import type { Millis } from '../../../shared/core/clock.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import type { Attempt, ChannelSettings, Send } from './channel.js';
import { telegramWait } from './chat-posts.js';
import { send } from './http-post.js';
import { postOf } from './payloads.js';
import { inOneLine } from './text.js';
import { withExternalLabels, wordsOf } from './words.js';

/**
 * Answers that say that the content is wrong: the same will never be accepted. Anything else, a wrong key or
 * address among it, may be put right.
 */
const REFUSALS = new Set([400, 413, 415, 422]);

const TOO_MANY = 429;
/** Beyond the time-out of a channel, for all steps of a mail. */
const MAX_MORE_MS: Millis = 30_000;
/** Characters of one answer of a mail server. */
const MAX_ANSWER = 16_384;

/** What nodemailer calls an answer about the message or its addresses, not about the connection. */
const MESSAGE_ERRORS = new Set(['EENVELOPE', 'EMESSAGE']);

/**
 * The function that sends to a channel.
 *
 * @param answered is called with what the provider answers, by somebody who tries the channel
 */
export function senderOf(
  settings: ChannelSettings,
  targets: Targets,
  answered?: (text: string) => void,
): Send {
  const { timeoutMs } = settings;
  if (settings.type === 'email') return mailer(settings, targets, answered);
  const isTelegram = settings.type === 'telegram';
  const reads = (status: number) => answered !== undefined || (isTelegram && status === TOO_MANY);
  return async (notification, at, signal) => {
    try {
      const post = postOf(settings, withExternalLabels(settings, notification), at);
      const { status, retryAfterMs, text } = await send(post, { targets, timeoutMs, signal, reads });
      answered?.(`${status} ${text}`);
      if (status >= 200 && status < 300) return { outcome: 'delivered' };
      const reason = `it answered ${status}`;
      return REFUSALS.has(status)
        ? { outcome: 'refused', reason }
        : {
            outcome: 'failed',
            reason,
            retryAfterMs: retryAfterMs ?? (isTelegram ? telegramWait(text) : null),
          };
    } catch (error) {
      return failure(error);
    }
  };
}

/**
 * E-mail by SMTP, one connection for each message. A permanent answer (5xx) to the message is final, everything
 * else is tried again, a wrong password among it. With a user, TLS is a must, so that the password never goes over the line in the clear.
 */
function mailer(
  settings: Extract<ChannelSettings, { type: 'email' }>,
  targets: Targets,
  answered?: (text: string) => void,
): Send {
  const { server, user, password, from, to, timeoutMs } = settings;
  const url = new URL(server);
  const secure = url.protocol === 'smtps:';
  // Each step of a mail may take so long, and all of it no more than twice that: a server that drips takes no longer.
  const talkMs = timeoutMs + Math.min(timeoutMs, MAX_MORE_MS);
  return async (bare, _, signal) => {
    const socket = new Socket();
    const late = AbortSignal.timeout(talkMs);
    const deadline = AbortSignal.any([signal, late]);
    const end = () => socket.destroy();
    deadline.addEventListener('abort', end);
    try {
      const notification = withExternalLabels(settings, bare);
      const { title, text } = wordsOf(settings, notification);
      const { address } = await targets.resolve(url.hostname);
      const transport = createTransport({
        host: address,
        port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
        secure,
        requireTLS: user !== '',
        tls: { servername: url.hostname },
        name: 'tactus',
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        ...{ socket, maxResponseSize: MAX_ANSWER },
        disableFileAccess: true,
        disableUrlAccess: true,
        ...(user === '' ? {} : { auth: { user, pass: password } }),
      });
      const { response } = await transport.sendMail({
        from,
        to: [...to],
        subject: title,
        text: `${text}\n\n${notification.groupKey}\n`,
        // The same message again has the same id: most mail programs then show it once.
        messageId: `<${notification.id}@tactus>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Tactus-Status': notification.status },
      });
      answered?.(response);
      return { outcome: 'delivered' };
    } catch (error) {
      const { responseCode: answer = 0, code = '' } = error as {
        responseCode?: number;
        code?: string;
      };
      if (answer >= 500 && MESSAGE_ERRORS.has(code))
        return { outcome: 'refused', reason: `it answered ${answer}` };
      return failure(late.aborted ? new Error(`${url.host}: no answer within ${talkMs} ms`) : error);
    } finally {
      deadline.removeEventListener('abort', end);
      socket.destroy();
    }
  };
}

function failure(error: unknown): Attempt {
  // It may have what the target says.
  const reason = inOneLine(error instanceof TactusError ? error.message : messageOf(error));
  return { outcome: 'failed', reason, retryAfterMs: null };
}
