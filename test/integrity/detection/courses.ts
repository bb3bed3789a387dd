import type { Findings } from '../findings.js';

/** The outputs about each subject, in order. */
export type Courses = ReadonlyMap<string, readonly string[]>;

/** Compares the outputs under faults with those without, subject by subject. */
export function compare(what: string, found: Courses, wanted: Courses, findings: Findings): void {
  for (const subject of new Set([...found.keys(), ...wanted.keys()])) {
    const reported = found.get(subject) ?? [];
    const asked = wanted.get(subject) ?? [];
    const left = new Map<string, number>();
    for (const each of asked) left.set(each, (left.get(each) ?? 0) + 1);
    let sound = true;
    const deviates = (kind: string, example: string) => {
      sound = false;
      findings.add(`${what} ${kind}`, `${subject}: ${example}`);
    };
    for (const each of reported) {
      const count = left.get(each);
      if (count === undefined) deviates('unexpected', each);
      else if (count === 0) deviates('duplicated', each);
      else left.set(each, count - 1);
    }
    for (const [each, count] of left) for (let i = 0; i < count; i++) deviates('missing', each);
    if (sound && reported.join('\n') !== asked.join('\n'))
      findings.add(`${what} out of order`, `${subject}: ${reported.join(', ')}`);
  }
}

/** `12 expected, 12 found, 0 duplicated, ...` for people. */
export function describeCourses(what: string, found: Courses, wanted: Courses, findings: Findings): string {
  const count = (courses: Courses) => [...courses.values()].reduce((sum, course) => sum + course.length, 0);
  const kinds = ['duplicated', 'missing', 'unexpected', 'out of order'];
  return `${what}: ${count(wanted)} expected of ${wanted.size} subjects, ${count(found)} found, ${findings.counts(what, kinds)}`;
}

/** Adds to the course of a subject. */
export function report(courses: Map<string, string[]>, subject: string, what: unknown): void {
  const course = courses.get(subject) ?? [];
  courses.set(subject, course);
  course.push(JSON.stringify(what));
}
