/** Names a partition of a topic, physical or logical, in maps, logs and readiness. */
export function partitionKey({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}[${partition}]`;
}
