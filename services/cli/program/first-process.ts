/*
 * The kernel ignores what ends other processes by default for the first one of a container, unless it says itself what to
 * do: without this, `docker stop` would wait in vain while a worker loads its code, and for every command.
 */
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

if (process.pid === 1)
  for (const [signal, number] of Object.entries(SIGNALS))
    process.on(signal, () => {
      // Who stops in order has a listener of its own.
      if (process.listenerCount(signal) === 1) process.exit(128 + number);
    });
