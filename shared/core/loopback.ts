const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

/** Whether a host, as it is configured or as an address has it, is reached from the same machine only. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}
