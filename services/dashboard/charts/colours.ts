/** How many series have a colour of their own. */
const SERIES = 8;

export interface Colours {
  readonly series: readonly string[];
  readonly ink: string;
  readonly line: string;
  readonly band: string;
  readonly anomaly: string;
  readonly late: string;
  readonly surface: string;
}

/** The colours of the theme as they are at an element: a canvas knows no variables. */
export function coloursAt(element: HTMLElement): Colours {
  const probe = element.appendChild(document.createElement('i'));
  const of = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    series: Array.from({ length: SERIES }, (_, i) => of(`--c${i}`)),
    ...{ ink: of('--ink-3'), line: of('--grid'), band: of('--band') },
    ...{ anomaly: of('--anomaly'), late: of('--warn'), surface: of('--surface') },
  };
  probe.remove();
  return colours;
}
