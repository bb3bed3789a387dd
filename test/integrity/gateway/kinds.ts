import type { Rounds } from '../faults.js';

export const HOSTILE_KINDS = ['slow', 'series', 'bombs', 'quota'] as const;
export type HostileKind = (typeof HOSTILE_KINDS)[number];

/** Beside those of all workers. */
export const GATEWAY_KINDS = ['redis', ...HOSTILE_KINDS] as const;

export type GatewayRounds = Rounds & Readonly<Partial<Record<(typeof GATEWAY_KINDS)[number], number>>>;
