import { Targets } from '../../../shared/adapters/http/targets.js';
import type { SinkTopic } from '../../../shared/config/sections/sink.js';
import { TactusError } from '../../../shared/core/errors.js';
import { flushBySizeOrTime } from '../../../shared/core/record-accumulator.js';
import { type OpenSink, type Sink, topicList } from '../framework/sink.js';
import { webhookHandler } from './handler.js';
import { Poster } from './poster.js';

/** Approximate bytes of records in one request; as JSON they are some three times longer. */
const MAX_BYTES = 1_048_576;

/** Posts the records of some topics to an HTTP address. */
export const webhook: Sink = {
  needs: (config) => (config.sink.webhookUrl === '' ? 'TACTUS_SINK_WEBHOOK_URL' : null),
  open: async ({ config, codecs, clock, telemetry }): Promise<OpenSink> => {
    const { webhookUrl, webhookSecret, webhookTimeoutMs, webhookMaxRecords, webhookLingerMs } = config.sink;
    const targets = new Targets(
      config.sink.webhookAllowedNetworks.split(',').filter((network) => network !== ''),
      { code: 'TACTUS_WEBHOOK_FAILED', allowedBy: 'TACTUS_SINK_WEBHOOK_ALLOWED_NETWORKS' },
    );
    const problem = targets.literalProblem(new URL(webhookUrl).hostname);
    if (problem !== null)
      throw new TactusError('TACTUS_CONFIG_INVALID', `TACTUS_SINK_WEBHOOK_URL (sink.webhookUrl): ${problem}`);
    const poster = new Poster(targets);
    const target = {
      ...{ url: webhookUrl, poster },
      secret: webhookSecret,
      timeoutMs: webhookTimeoutMs,
      flushPolicy: flushBySizeOrTime({
        maxRecords: webhookMaxRecords,
        maxBytes: MAX_BYTES,
        lingerMs: webhookLingerMs,
      }),
      clock,
      telemetry,
    };
    const topics = topicList<SinkTopic>(config.sink.webhookTopics);
    return {
      handlers: Object.fromEntries(
        topics.map((topic) => [topic, webhookHandler(topic, codecs.decoder(topic), target)]),
      ),
      close: async () => poster.close(),
    };
  },
};
