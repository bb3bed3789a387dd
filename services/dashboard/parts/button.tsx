import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { classes } from './class-names.js';
import { Icon, type IconName } from './icon.js';

type Native = Omit<ButtonHTMLAttributes, 'class' | 'icon'>;

interface ButtonProps extends Native {
  readonly kind?: 'primary' | 'danger' | 'quiet';
  readonly icon?: IconName;
  readonly isSmall?: boolean;
  readonly children: ComponentChildren;
}

/** A button that says what it does. */
export function Button({ kind, icon, isSmall = false, children, ...native }: ButtonProps) {
  return (
    <button
      type="button"
      {...native}
      class={classes('button', kind !== undefined && `is-${kind}`, isSmall && 'is-small')}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Native {
  readonly icon: IconName;
  /** What it does, for those who do not see the icon, and as a hint. */
  readonly label: string;
  readonly kind?: 'primary' | 'danger' | 'quiet';
  readonly isSmall?: boolean;
}

/** A button that is an icon alone. */
export function IconButton({ icon, label, kind = 'quiet', isSmall = false, ...native }: IconButtonProps) {
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      {...native}
      class={classes('button is-icon', `is-${kind}`, isSmall && 'is-small')}
    >
      <Icon name={icon} />
    </button>
  );
}
