/** The words after a function's name → the JSON array that the server takes. Source: reference "cli and generate" 2.1. */
import { type NamedType, resolveRef, specialKind, type Typespace } from '../../schema/algebraic-type.ts';
import { parseJson } from '../../schema/sats-json.ts';
import { CliError } from './errors.ts';

/**
 * Each word is one JSON value. Text for a String parameter needs no quotes, and an identity may be its bare hex digits.
 * Numbers keep all their digits. Too many or too few words are left to the server, which knows the signature best.
 */
export function callArguments(params: readonly NamedType[], words: readonly string[], typespace: Typespace): string {
  const values = words.map((word, i) => {
    const param = params[i];
    return param ? argument(param, word, i, typespace) : checked(word, `argument ${i + 1}`);
  });
  return `[${values.join(',')}]`;
}

function argument(param: NamedType, word: string, position: number, typespace: Typespace): string {
  const type = resolveRef(param.type, typespace);
  if (type.tag === 'String') return isQuoted(word) ? word : JSON.stringify(word);
  if (specialKind(type) === 'Identity' && /^(0x|c200)[0-9a-f]+$/i.test(word)) {
    return JSON.stringify({ __identity__: `0x${word.replace(/^0x/i, '')}` });
  }
  return checked(word, `\`${param.name ?? `argument ${position + 1}`}\``);
}

function isQuoted(word: string): boolean {
  const parsed = word.startsWith('"') ? parseJson(word) : undefined;
  return parsed?.ok === true && typeof parsed.value === 'string';
}

function checked(word: string, what: string): string {
  const parsed = parseJson(word);
  if (parsed.ok) return word;
  throw new CliError(`The value ${JSON.stringify(word)} for ${what} is not valid JSON.`, [parsed.message]);
}
