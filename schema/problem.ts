/**
 * What a rule reports. The same problem is a squiggle in the editor and a refusal at publish.
 *
 * Paths (`Problem.at`), with i, j, k, n as positions in the lists of the RawModuleDef:
 * - `tables, i`: the key in the schema; `.., name`: what gives it its canonical name, the explicit one if there is one;
 *   `.., declaration`: the name that declares the table; `.., event`, `.., public`, `.., scheduled`: the options.
 * - `tables, i, columns, j`: the column's name; below it `type`, and the words `primaryKey`, `unique`, `index`,
 *   `autoInc`, `default`.
 * - `tables, i, indexes, k`: the entry, or the column that implies the index; below it `accessor`, `name`,
 *   `algorithm`, and `columns, n`. `tables, i, constraints, k`: likewise.
 * - `reducers, i`, `procedures, i`, `views, i`, `httpHandlers, i`: the declaration; below it `name`, `params`,
 *   `params, j`, `returns`.
 * - `types, i`: the type's name; `types, i, members, j`: a field or variant.
 * - `schedules, i`: what names the table or the function; `lifecycleReducers, i`: the hook's declaration.
 * - `schema`: the schema itself. `submodules, i, module, ..`: the same inside a submodule.
 * - Source facts bring paths of their own, which mean nothing without the text they were read from.
 */
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
  /** Set when the host publishes such a module nevertheless: the problem shows when it runs, or is advice. */
  readonly acceptedByHost?: true;
  /** Calls `report` for every violation; never throws. */
  check(input: Input, report: (problem: Omit<Problem, 'rule' | 'severity'>) => void): void;
}

export const pathKey = (path: Path): string => path.join('/');
