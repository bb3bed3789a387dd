/** How something is, in a colour; what it means stands beside it. */
export type Tone = 'ok' | 'warn' | 'bad' | 'accent' | 'plain';
