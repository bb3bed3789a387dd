/** Sets of defaults, from a developer's machine to a cluster that must survive the loss of a broker. */
export const PROFILES = ['development', 'staging', 'production'] as const;
export type Profile = (typeof PROFILES)[number];

export const profile = {
  name: {
    doc: 'Whose defaults apply where a key has several; everything that is set elsewhere wins over them',
    format: PROFILES,
    default: 'development',
    env: 'TACTUS_ENV',
  },
} as const;
