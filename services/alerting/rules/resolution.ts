import type { Millis } from '../../../shared/core/clock.js';
import { formatDuration } from '../../../shared/files/duration.js';

/** Why an alert is over; stands in the annotation `resolution` of its last record. */
export type Resolution = 'recovered' | 'silent' | 'never_fired' | 'rule_removed' | 'rule_changed';

/** Says of an alert that it is its series' silence that raised it, and since when. */
export const NO_DATA_ANNOTATION = 'no_data';

/** Annotations that Tactus sets; a rule cannot. */
export const RESERVED_ANNOTATIONS: readonly string[] = ['resolution', 'resolution_text', NO_DATA_ANNOTATION];

export function resolutionAnnotations(resolution: Resolution, staleAfterMs: Millis): Record<string, string> {
  const texts: Record<Resolution, string> = {
    recovered: 'the condition no longer holds',
    silent: `nothing more was seen for ${formatDuration(staleAfterMs)}`,
    never_fired: 'the condition ended before the alert fired',
    rule_removed: 'the rule is no longer in force',
    rule_changed: 'the rule was changed',
  };
  return { resolution, resolution_text: texts[resolution] };
}

/** False for the end of an alert that was only ever pending: nobody was told that it began. */
export function wasTold(annotations: Readonly<Record<string, string>>): boolean {
  return annotations.resolution !== ('never_fired' satisfies Resolution);
}
