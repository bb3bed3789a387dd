import type { TopicValues } from '../../../schemas/types.js';
import type { ArchiveTopic } from '../../../shared/config/sections/sink.js';
import { type OpenSink, type Sink, topicList } from '../framework/sink.js';
import { flushByLogTime } from './flush-by-log-time.js';
import { archiveHandler } from './handler.js';
import { LAYOUTS, type Layout } from './layout.js';
import { openStore } from './store.js';

/** Bytes of records in one set of files, uncompressed. A change would change the names of files. */
const MAX_BYTES = 64 * 1024 * 1024;
const SLACK_MS = 5_000;

/** Archives topics as Parquet files, beyond their retention and for other tools. */
export const parquet: Sink = {
  needs: (config) => (config.sink.archiveUrl === '' ? 'TACTUS_ARCHIVE_URL' : null),
  open: async ({ config, codecs, telemetry }): Promise<OpenSink> => {
    const { archiveIntervalMs, archiveMaxRecords, archiveTopics } = config.sink;
    const flushPolicy = flushByLogTime({
      intervalMs: archiveIntervalMs,
      maxRecords: archiveMaxRecords,
      maxBytes: MAX_BYTES,
      slackMs: SLACK_MS,
    });
    const parts = { store: openStore(config), flushPolicy, telemetry };
    const handler = <N extends ArchiveTopic>(topic: N, layout: Layout<TopicValues[N]>) =>
      archiveHandler(topic, layout, codecs.decoder(topic), parts);
    const ofTopic = <N extends ArchiveTopic>(topic: N) =>
      handler<N>(topic, LAYOUTS[topic] as Layout<TopicValues[N]>);
    return {
      handlers: Object.fromEntries(
        topicList<ArchiveTopic>(archiveTopics).map((topic) => [topic, ofTopic(topic)]),
      ),
      close: async () => {},
    };
  },
};
