import type { TopicValues } from '../../../schemas/types.js';
import type { ArchiveTopic } from '../../../shared/config/sections/sink.js';
import type { OpenSink, Sink } from '../sink.js';
import { topicList } from '../topic-list.js';
import { archiveCut } from './cut.js';
import { archiveHandler } from './handler.js';
import { LAYOUTS, type Layout } from './rows.js';
import { openStore } from './store.js';

/** Bytes of records in one set of files, before they are compressed. Changing it changes the names of files. */
const MAX_BYTES = 64 * 1024 * 1024;
const SLACK_MS = 5_000;

/** Parquet files of what the topics hold, for longer than they do and for other tools. */
export const parquet: Sink = {
  needs: (config) => (config.sink.archiveUrl === '' ? 'TACTUS_ARCHIVE_URL' : null),
  open: async ({ config, codecs, telemetry }): Promise<OpenSink> => {
    const { archiveIntervalMs, archiveMaxRecords, archiveTopics } = config.sink;
    const flushPolicy = archiveCut({
      intervalMs: archiveIntervalMs,
      maxRecords: archiveMaxRecords,
      maxBytes: MAX_BYTES,
      slackMs: SLACK_MS,
    });
    const parts = { store: openStore(config), flushPolicy, telemetry };
    const handler = <N extends ArchiveTopic>(topic: N, layout: Layout<TopicValues[N]>) =>
      archiveHandler(topic, layout, codecs.decoder(topic), parts);
    const one = <N extends ArchiveTopic>(topic: N) =>
      handler<N>(topic, LAYOUTS[topic] as Layout<TopicValues[N]>);
    return {
      handlers: Object.fromEntries(
        topicList<ArchiveTopic>(archiveTopics).map((topic) => [topic, one(topic)]),
      ),
      close: async () => {},
    };
  },
};
