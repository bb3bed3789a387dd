/** Exit codes of every command and worker; from 64 on they are those of BSD's sysexits. */
export const EXIT = {
  done: 0,
  /** It found something, such as a difference or an id that does not exist; or it failed in another way. */
  found: 1,
  /** Unknown commands and options, and values that an option does not take. */
  usage: 2,
  /** `EX_UNAVAILABLE`: a server cannot be reached within `--timeout`. */
  unavailable: 69,
  /** `EX_CONFIG`: a configuration key or file is wrong. */
  config: 78,
  /** As shells have it for a command that SIGINT or SIGTERM ended. */
  interrupted: 130,
} as const;
