/** CPU time of the same work in ms, without tracing and with it. */
export interface Pair {
  readonly plainMs: number;
  readonly tracedMs: number;
}

/** CPU time of the process while something is done. */
export async function cpuMs(work: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
