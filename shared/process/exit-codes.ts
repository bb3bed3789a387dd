/** Exit code of a process whose configuration is wrong (`EX_CONFIG` of BSD's sysexits). */
export const EXIT_CONFIG = 78;
