/** The servers of the embedded stack. */
export const SERVER_NAMES = ['kafka', 'registry', 'redis', 'database'] as const;

export type ServerName = (typeof SERVER_NAMES)[number];
