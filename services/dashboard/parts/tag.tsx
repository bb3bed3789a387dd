import type { ComponentChildren } from 'preact';
import { classes } from './class-names.js';
import type { Tone } from './tone.js';

/** A short word of what something is or how it is. */
export function Tag({
  tone = 'plain',
  isLevel = false,
  children,
}: {
  readonly tone?: Tone;
  /** One of a few words that stand one under the other: as wide as any of them. */
  readonly isLevel?: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <span class={classes('tag', tone !== 'plain' && `is-${tone}`, isLevel && 'is-level')}>{children}</span>
  );
}

/** A point of a colour; what it means stands beside it. */
export function Dot({ tone = 'plain' }: { readonly tone?: Tone }) {
  return <span class={classes('dot', tone !== 'plain' && `is-${tone}`)} aria-hidden="true" />;
}

const SEVERITIES: Readonly<Record<string, Tone>> = { critical: 'bad', warning: 'warn', info: 'accent' };

export function Severity({ of }: { readonly of: string }) {
  return (
    <Tag tone={SEVERITIES[of] ?? 'plain'} isLevel>
      {of}
    </Tag>
  );
}

/** Tags of a series, or labels of an alert. */
export function Labels({ of }: { readonly of: Readonly<Record<string, string>> }) {
  return (
    <span class="bar">
      {Object.entries(of).map(([name, value]) => (
        <Tag key={name}>
          {name}={value}
        </Tag>
      ))}
    </span>
  );
}
