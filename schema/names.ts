/**
 * Names: how a name in the source becomes the one in the database.
 * Follows the word splitting of the Rust crate convert_case 0.6 with its default boundaries, which the real host uses.
 * Source: reference "module host" 3.4, "validation rules" C.
 */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** What people see as one character. Nearly all names are ASCII, for which the segmenter would be slow for nothing. */
const graphemesOf = (text: string): string[] =>
  /^[\x21-\x7e]*$/.test(text) ? text.split('') : Array.from(graphemes.segment(text), (s) => s.segment);

const isDigit = (g: string): boolean => /^[0-9]$/.test(g);
const hasCase = (g: string): boolean => g.toUpperCase() !== g.toLowerCase();
const isUpper = (g: string): boolean => hasCase(g) && g === g.toUpperCase();
const isLower = (g: string): boolean => hasCase(g) && g === g.toLowerCase();
const isSeparator = (g: string): boolean => g === '_' || g === '-' || g === ' ';

/** Whether a word ends before `current`. `next` decides the end of an acronym: `HTTPServer` is HTTP + Server. */
function startsWord(previous: string, current: string, next: string | undefined): boolean {
  if (isLower(previous) && isUpper(current)) return true;
  if (isDigit(previous) !== isDigit(current)) return isDigit(previous) ? hasCase(current) : hasCase(previous);
  return isUpper(previous) && isUpper(current) && next !== undefined && isLower(next);
}

function splitWords(name: string): string[] {
  const parts = graphemesOf(name);
  const words: string[] = [];
  let word = '';
  parts.forEach((current, i) => {
    const previous = parts[i - 1];
    if (isSeparator(current) || (previous !== undefined && startsWord(previous, current, parts[i + 1]))) {
      if (word) words.push(word);
      word = '';
    }
    if (!isSeparator(current)) word += current;
  });
  if (word) words.push(word);
  return words;
}

function capitalize(word: string): string {
  const [first = ''] = graphemesOf(word);
  return first.toUpperCase() + word.slice(first.length).toLowerCase();
}

/** `HTTPServer2` → `http_server_2`. */
export const snakeCase = (name: string): string =>
  splitWords(name)
    .map((word) => word.toLowerCase())
    .join('_');

/** `user_id_2` → `userId2`. */
export const camelCase = (name: string): string =>
  splitWords(name)
    .map((word, i) => (i === 0 ? word.toLowerCase() : capitalize(word)))
    .join('');

/** `user_id_2` → `UserId2`. */
export const pascalCase = (name: string): string => splitWords(name).map(capitalize).join('');

/** Why a name is no identifier of SpacetimeDB, in words that complete "The name `x` ..."; undefined when it is one. */
export function identifierProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.normalize('NFC') !== name) return 'is not in Unicode normalization form C';
  const [first = '', ...rest] = Array.from(name);
  if (!/^[_\p{XIDS}]$/u.test(first)) return `must not begin with \`${first}\``;
  const bad = rest.find((c) => !/^\p{XIDC}$/u.test(c));
  return bad === undefined ? undefined : `must not contain \`${bad}\``;
}
