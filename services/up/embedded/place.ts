/** Where a server runs. */
export interface Place {
  /** Address that it listens on and is reached at. */
  readonly host: string;
  /** What its program is started through, such as `ip netns exec NAME`; it has to become the program. */
  readonly through: readonly string[];
}

/** On the loopback address, as it is. */
export const HERE: Place = { host: '127.0.0.1', through: [] };
