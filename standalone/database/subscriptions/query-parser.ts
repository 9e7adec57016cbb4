/**
 * The subscription grammar without joins: `SELECT * FROM t [[AS] a] [WHERE ...]`, and `SELECT * FROM *`.
 * Source: reference "protocol" 4.1 and 4.2. Names are case-sensitive, keywords are not.
 */
import { fail, ok, type Result } from '../../../schema/result.ts';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Operand =
  | { kind: 'column'; qualifier: string | undefined; name: string }
  /** `text` is what stands in the query, unquoted when `quoted`. */
  | { kind: 'literal'; text: string; quoted: boolean }
  | { kind: 'sender' };

export type Predicate =
  | { kind: 'and' | 'or'; left: Predicate; right: Predicate }
  | { kind: 'compare'; comparison: Comparison; left: Operand; right: Operand }
  | { kind: 'column'; column: Extract<Operand, { kind: 'column' }> };

export type ParsedQuery =
  | { kind: 'allTables' }
  | { kind: 'select'; table: string; alias: string; where: Predicate | undefined };

const longestQuery = 50_000;
const deepestPredicate = 200;

interface Token {
  kind: 'word' | 'quoted' | 'text' | 'number' | 'hex' | 'symbol' | 'end';
  text: string;
}

class QueryError extends Error {}

const tokenPattern =
  /\s+|("(?:[^"]|"")*")|('(?:[^']|'')*')|([xX]'[0-9a-fA-F]*'|0[xX][0-9a-fA-F]+)|([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_$]*)|(:sender|<=|>=|<>|!=|[=<>().,;*])/uy;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.length) {
    const at = tokenPattern.lastIndex;
    const match = tokenPattern.exec(text);
    if (!match) throw new QueryError(`Unexpected \`${text.slice(at, at + 20)}\` in the query`);
    const [, quoted, string, hex, number, word, symbol] = match;
    if (quoted) tokens.push({ kind: 'quoted', text: quoted.slice(1, -1).replaceAll('""', '"') });
    else if (string) tokens.push({ kind: 'text', text: string.slice(1, -1).replaceAll("''", "'") });
    else if (hex) tokens.push({ kind: 'hex', text: hex.replace(/^0x|^x'|'$/gi, '') });
    else if (number) tokens.push({ kind: 'number', text: number });
    else if (word) tokens.push({ kind: 'word', text: word });
    else if (symbol) tokens.push({ kind: 'symbol', text: symbol });
  }
  tokens.push({ kind: 'end', text: 'the end of the query' });
  return tokens;
}

/** Parses one query. The failure text says what the grammar does not have. */
export function parseQuery(text: string): Result<ParsedQuery> {
  if (text.length > longestQuery) return fail('SQL query exceeds maximum allowed length');
  if (text.trim() === '') return fail('Empty SQL query');
  try {
    return ok(new Parser(tokenize(text)).query());
  } catch (error) {
    if (error instanceof QueryError) return fail(error.message);
    throw error;
  }
}

class Parser {
  readonly #tokens: Token[];
  #at = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  get #token(): Token {
    return this.#tokens[this.#at] as Token;
  }
  #isKeyword(word: string): boolean {
    return this.#token.kind === 'word' && this.#token.text.toUpperCase() === word;
  }
  #keyword(word: string): boolean {
    if (!this.#isKeyword(word)) return false;
    this.#at++;
    return true;
  }
  #symbol(symbol: string): boolean {
    if (this.#token.kind !== 'symbol' || this.#token.text !== symbol) return false;
    this.#at++;
    return true;
  }
  #unexpected(expected: string): QueryError {
    return new QueryError(`Expected ${expected}, found \`${this.#token.text}\``);
  }

  query(): ParsedQuery {
    if (!this.#keyword('SELECT')) throw new QueryError('Unsupported: Non-SELECT queries');
    const projection = this.#projection();
    if (!this.#keyword('FROM')) throw new QueryError('A FROM clause is required');
    if (this.#symbol('*')) {
      if (projection !== undefined) throw new QueryError('SELECT * FROM * takes no table name');
      this.#end();
      return { kind: 'allTables' };
    }
    const table = this.#tableName();
    const alias = this.#alias() ?? table;
    if (projection !== undefined && projection !== alias) throw new QueryError(`\`${projection}\` is not in scope`);
    const where = this.#keyword('WHERE') ? this.#or(0) : undefined;
    this.#end();
    return { kind: 'select', table, alias, where };
  }

  /** The name before `.*`, or undefined for a bare star. */
  #projection(): string | undefined {
    if (this.#symbol('*')) return undefined;
    const columns = 'Column projections are not supported in subscriptions; Subscriptions must return a table type';
    if (this.#token.kind !== 'word' && this.#token.kind !== 'quoted') throw new QueryError(columns);
    const name = this.#tableNameBeforeStar();
    if (name === undefined) throw new QueryError(columns);
    return name;
  }

  #tableNameBeforeStar(): string | undefined {
    const parts = [this.#name()];
    while (this.#symbol('.')) {
      if (this.#symbol('*')) return parts.join('.');
      parts.push(this.#name());
    }
    return undefined;
  }

  #name(): string {
    const token = this.#token;
    if (token.kind !== 'word' && token.kind !== 'quoted') throw this.#unexpected('a name');
    this.#at++;
    return token.text;
  }

  #tableName(): string {
    const parts = [this.#name()];
    while (this.#symbol('.')) parts.push(this.#name());
    return parts.join('.');
  }

  #alias(): string | undefined {
    if (this.#keyword('AS')) return this.#name();
    if (this.#token.kind === 'quoted') return this.#name();
    const stop = ['WHERE', 'JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'LIMIT', 'ORDER', 'GROUP'];
    if (this.#token.kind !== 'word' || stop.some((word) => this.#isKeyword(word))) return undefined;
    return this.#name();
  }

  #end(): void {
    this.#symbol(';');
    if (this.#token.kind === 'end') return;
    if (this.#isKeyword('JOIN') || this.#isKeyword('INNER')) {
      throw new QueryError('Joins in subscriptions are not supported by this server yet');
    }
    if (this.#token.text === ',') throw new QueryError('Implicit joins are not supported');
    if (this.#token.kind === 'word') throw new QueryError(`Unsupported SELECT: ${this.#token.text}`);
    throw this.#unexpected('the end of the query');
  }

  #or(depth: number): Predicate {
    let left = this.#and(depth);
    while (this.#keyword('OR')) left = { kind: 'or', left, right: this.#and(depth) };
    return left;
  }

  #and(depth: number): Predicate {
    let left = this.#comparison(depth);
    while (this.#keyword('AND')) left = { kind: 'and', left, right: this.#comparison(depth) };
    return left;
  }

  #comparison(depth: number): Predicate {
    if (depth > deepestPredicate) throw new QueryError('Recursion limit exceeded');
    if (this.#symbol('(')) {
      const inner = this.#or(depth + 1);
      if (!this.#symbol(')')) throw this.#unexpected('`)`');
      return inner;
    }
    const left = this.#operand();
    const { kind, text } = this.#token;
    if (kind === 'symbol' && ['=', '!=', '<>', '<', '<=', '>', '>='].includes(text)) {
      this.#at++;
      const comparison = (text === '<>' ? '!=' : text) as Comparison;
      return { kind: 'compare', comparison, left, right: this.#operand() };
    }
    if (left.kind === 'column') return { kind: 'column', column: left };
    throw this.#unexpected('a comparison');
  }

  #operand(): Operand {
    const { kind, text } = this.#token;
    if (this.#symbol(':sender')) return { kind: 'sender' };
    if (kind === 'number' || kind === 'hex') {
      this.#at++;
      return { kind: 'literal', text: kind === 'hex' ? `0x${text}` : text, quoted: false };
    }
    if (kind === 'text') {
      this.#at++;
      return { kind: 'literal', text, quoted: true };
    }
    if (this.#isKeyword('TRUE') || this.#isKeyword('FALSE')) {
      this.#at++;
      return { kind: 'literal', text: text.toLowerCase(), quoted: false };
    }
    if (kind !== 'word' && kind !== 'quoted') throw new QueryError(`Unsupported expression: ${text}`);
    const first = this.#name();
    if (!this.#symbol('.')) return { kind: 'column', qualifier: undefined, name: first };
    const parts = [first, this.#name()];
    while (this.#symbol('.')) parts.push(this.#name());
    const name = parts.pop() as string;
    return { kind: 'column', qualifier: parts.join('.'), name };
  }
}
