import { effect, signal } from '@preact/signals';

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'tactus-theme';
const kept = localStorage.getItem(KEY);

/** Of this browser; `system` follows what it prefers. */
export const theme = signal<Theme>(THEMES.find((one) => one === kept) ?? 'system');

/** Whether what is drawn now is dark; what draws on a canvas has to draw anew when it changes. */
export const isDark = signal(false);

export function followTheme(): void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const contrast = window.matchMedia('(prefers-contrast: more)');
  const show = () => {
    const chosen = theme.peek();
    const drawn = chosen === 'system' && contrast.matches ? 'contrast' : chosen;
    if (drawn === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = drawn;
    isDark.value = drawn === 'dark' || (drawn !== 'light' && dark.matches);
  };
  effect(() => {
    localStorage.setItem(KEY, theme.value);
    show();
  });
  dark.addEventListener('change', show);
  contrast.addEventListener('change', show);
}
