/** What a rule reports. The same problem is a squiggle in the editor and a refusal at publish. */
import type { Path } from './raw-module-def.ts';

export type Severity = 'error' | 'warning' | 'info' | 'hint';

export interface Problem {
  /** Id of the rule, as in the rule book, for instance `pk-multiple`. */
  readonly rule: string;
  readonly severity: Severity;
  /** What is wrong, why, and what to do next; one or two sentences. */
  readonly message: string;
  /**
   * The element of the RawModuleDef that is at fault. The last item may name a part of it that exists only in source
   * text, such as `autoInc`. A reader that has no position for the whole path uses the longest prefix it knows.
   */
  readonly at: Path;
  readonly related?: readonly { readonly at: Path; readonly message: string }[];
}

/** A rule: one idea, one file in `rules/`, one id. */
export interface Rule<Input> {
  readonly id: string;
  readonly severity: Severity;
  /** Calls `report` for every violation; never throws. */
  check(input: Input, report: (problem: Omit<Problem, 'rule' | 'severity'>) => void): void;
}

export const pathKey = (path: Path): string => path.join('/');
