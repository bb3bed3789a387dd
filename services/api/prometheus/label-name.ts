/**
 * The name of a label as a path has it. What Prometheus would not have taken for one, such as a name with a dot, comes escaped from
 * Grafana: after `U__`, `_` doubled, and what is no letter, digit or colon as its code point in hexadecimal between two of them.
 */
export function labelNamed(text: string): string {
  if (!text.startsWith('U__')) return text;
  let isRight = true;
  const name = text.slice(3).replaceAll(/__|_([0-9a-fA-F]{1,6})_|_/g, (found, code: string | undefined) => {
    if (found === '__') return '_';
    const point = Number.parseInt(code ?? '', 16);
    if (point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)) return String.fromCodePoint(point);
    isRight = false;
    return '';
  });
  return isRight ? name : text;
}
