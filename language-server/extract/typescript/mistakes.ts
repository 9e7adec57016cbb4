/** Words in the text that fail when the module loads, or do not do what they say; noted while the text is read. */
import type { Place } from './values.ts';

interface Mistake {
  /** Id of the rule that reports it. */
  readonly rule: string;
  readonly at: Place;
  /** What the message is about: a table, a word. */
  readonly subject: string;
  readonly detail: string | undefined;
}

/** Text may be evaluated more than once, through functions and imports; a mistake in it is one. */
export class Mistakes {
  readonly #found = new Map<string, Mistake>();

  add(rule: string, at: Place, subject: string, detail?: string): void {
    const { startIndex, endIndex } = at.node;
    const key = `${rule} ${startIndex} ${endIndex} ${at.file.path}`;
    if (!this.#found.has(key)) this.#found.set(key, { rule, at, subject, detail });
  }

  get all(): Iterable<Mistake> {
    return this.#found.values();
  }
}
