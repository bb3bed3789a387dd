/** In the order of a round. */
export const CONTENDER_NAMES = ['tactus', 'streams', 'loop', 'windows'] as const;

/**
 * - `tactus`: one worker of ingest;
 * - `streams`: Kafka Streams, exactly once (v2);
 * - `loop`: Kafka's clients for Java, consume and produce with transactions: the floor;
 * - `windows`: ingest and windowing, which says how long windows take.
 */
export type ContenderName = (typeof CONTENDER_NAMES)[number];

/** `windows` is about something else, and has no peer here. */
export const DEFAULT_CONTENDERS: readonly ContenderName[] = ['tactus', 'streams', 'loop'];
