/** Restores that a worker's log reports: partitions of the physical topic, in order. */
export function restoresIn(output: string, topic: string): number[] {
  return output.split('\n').flatMap((line) => {
    if (!line.includes('"restored"')) return [];
    const entry = parsed(line);
    return entry.event === 'restored' && entry.topic === topic && Number.isInteger(entry.partition)
      ? [entry.partition as number]
      : [];
  });
}

function parsed(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
