import type { DetectionResult } from '../../shared/detection/detector.js';
import { explain } from '../../shared/detection/explain.js';
import { counted } from '../../shared/files/file-kind.js';
import { Plot } from './plot.js';

/** Anomalies that are listed; the others are counted and drawn. */
const MAX_LISTED = 1_000;

interface Listed {
  readonly at: number;
  readonly value: number;
  readonly score: number;
  readonly severity: string;
  readonly explanation: string;
}

/** A page in bounded memory that needs nothing else: the plot and the anomalies in words. */
export class Report {
  readonly plot = new Plot();
  readonly #listed: Listed[] = [];
  #rows = 0;
  #anomalies = 0;

  add(at: number, value: number | null, result: DetectionResult): void {
    this.plot.add(at, value, result);
    this.#rows++;
    if (!result.isAnomaly || value === null) return;
    this.#anomalies++;
    if (this.#listed.length === MAX_LISTED) return;
    const { score, severity } = result;
    this.#listed.push({ at, value, score, severity, explanation: explain(at, value, result) });
  }

  html(rubbish: readonly string[]): string {
    const unlisted = this.#anomalies - this.#listed.length;
    return [
      '<!doctype html>',
      '<html lang="en"><head><meta charset="utf-8"><title>Anomalies</title>',
      '<style>body{font:15px sans-serif;margin:2em auto;max-width:75em;color:#222}svg{width:100%}',
      'table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3em .6em;border-bottom:1px solid #ddd}</style></head><body>',
      `<h1>${counted(this.#anomalies, 'anomaly', 'anomalies')} in ${counted(this.#rows, 'row')}</h1>`,
      this.plot.svg(),
      ...(rubbish.length === 0
        ? []
        : ['<ul>', ...rubbish.map((line) => `<li>${escaped(line)}</li>`), '</ul>']),
      '<table><thead><tr><th>Time (UTC)</th><th>Value</th><th>Score</th><th>Severity</th><th>What is odd</th></tr></thead><tbody>',
      ...this.#listed.map(rowOf),
      '</tbody></table>',
      ...(unlisted === 0 ? [] : [`<p>${unlisted} more are not listed.</p>`]),
      '</body></html>',
      '',
    ].join('\n');
  }
}

function rowOf({ at, value, score, severity, explanation }: Listed): string {
  const cells = [new Date(at).toISOString(), String(value), score.toFixed(2), severity, explanation];
  return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
