/** Conditions: `WHERE` and `ON`. */
import type { ColumnName, Comparison, Literal, Operand, Predicate } from './syntax.ts';
import { SyntaxProblem, type TokenReader } from './tokens.ts';

/** Brackets within brackets that are still read. */
const deepestPredicate = 200;

const comparisons: ReadonlySet<string> = new Set(['=', '!=', '<>', '<', '<=', '>', '>=']);

/** Words that may follow an operand in SQL but are not in this dialect. */
const foreign = ['IN', 'LIKE', 'ILIKE', 'BETWEEN', 'IS', 'NOT'];

export function parsePredicate(reader: TokenReader, depth = 0): Predicate {
  const parts = [conjunction(reader, depth)];
  while (reader.keyword('OR')) parts.push(conjunction(reader, depth));
  return parts.length === 1 ? (parts[0] as Predicate) : { kind: 'or', parts };
}

function conjunction(reader: TokenReader, depth: number): Predicate {
  const parts = [condition(reader, depth)];
  while (reader.keyword('AND')) parts.push(condition(reader, depth));
  return parts.length === 1 ? (parts[0] as Predicate) : { kind: 'and', parts };
}

function condition(reader: TokenReader, depth: number): Predicate {
  if (depth > deepestPredicate) throw new SyntaxProblem('Recursion limit exceeded');
  if (reader.symbol('(')) {
    const inner = parsePredicate(reader, depth + 1);
    reader.expectSymbol(')');
    return inner;
  }
  const left = operand(reader);
  const { kind, text } = reader.token;
  if (kind === 'symbol' && comparisons.has(text)) {
    reader.next();
    const comparison = (text === '<>' ? '!=' : text) as Comparison;
    return { kind: 'compare', comparison, left, right: operand(reader) };
  }
  if (reader.isKeyword(...foreign)) throw new SyntaxProblem(`Unsupported expression: ${text}`);
  if (left.kind !== 'sender') return { kind: 'bare', operand: left };
  throw reader.unexpected('a comparison');
}

/** The literal that is next, if there is one. */
export function parseLiteral(reader: TokenReader): Literal | undefined {
  const { kind, text } = reader.token;
  if (kind === 'number' || kind === 'hex' || kind === 'string') {
    reader.next();
    return { kind: 'literal', text, form: kind };
  }
  if (!reader.isKeyword('TRUE', 'FALSE')) return undefined;
  reader.next();
  return { kind: 'literal', text: text.toLowerCase(), form: 'bool' };
}

function operand(reader: TokenReader): Operand {
  if (reader.symbol(':sender')) return { kind: 'sender' };
  const literal = parseLiteral(reader);
  if (literal) return literal;
  const { kind, text } = reader.token;
  if ((kind !== 'word' && kind !== 'quoted') || reader.isKeyword('NOT', 'NULL', 'EXISTS', 'CASE')) {
    throw new SyntaxProblem(`Unsupported expression: ${text}`);
  }
  const column = parseColumn(reader);
  if (reader.token.text === '(') throw new SyntaxProblem(`Unsupported expression: ${column.name}(`);
  return column;
}

export function parseColumn(reader: TokenReader): ColumnName {
  const parts = reader.path();
  const name = parts.pop() as string;
  return { kind: 'column', qualifier: parts.length === 0 ? undefined : parts.join('.'), name };
}
