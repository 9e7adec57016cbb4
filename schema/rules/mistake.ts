import type { Severity } from '../problem.ts';
import type { ModuleRule } from './input.ts';

/** A rule about text that no definition can hold: the reader of the text notes where, the rule says what to do. */
export function mistakeRule(
  id: string,
  severity: Severity,
  message: (subject: string, detail: string | undefined) => string,
): ModuleRule {
  return {
    id,
    severity,
    acceptedByHost: true,
    check({ raw }, report) {
      for (const { at, rule, subject, detail } of raw.sourceFacts?.mistakes ?? []) {
        if (rule === id) report({ at, message: message(subject, detail) });
      }
    },
  };
}
