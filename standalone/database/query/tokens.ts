/** The text of a statement cut into words. Keywords are words; who reads them ignores their case. */

export interface Token {
  kind: 'word' | 'quoted' | 'string' | 'number' | 'hex' | 'symbol' | 'end';
  /** Without quotes and prefixes. */
  text: string;
}

/** What is wrong with a statement; thrown within the parser only. */
export class SyntaxProblem extends Error {}

const tokenPattern =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|("(?:[^"]|"")*")|('(?:[^']|'')*')|([xX]'[0-9a-fA-F]*'|0[xX][0-9a-fA-F]+)|([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_$]*)|(:sender\b|<=|>=|<>|!=|[=<>().,;*])/uy;

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.length) {
    const at = tokenPattern.lastIndex;
    const match = tokenPattern.exec(text);
    if (!match) throw new SyntaxProblem(`Unsupported expression: ${text.slice(at, at + 20)}`);
    const [, quoted, string, hex, number, word, symbol] = match;
    if (quoted) tokens.push({ kind: 'quoted', text: quoted.slice(1, -1).replaceAll('""', '"') });
    else if (string) tokens.push({ kind: 'string', text: string.slice(1, -1).replaceAll("''", "'") });
    else if (hex) tokens.push({ kind: 'hex', text: hex.replace(/^0x|^x'|'$/gi, '') });
    else if (number) tokens.push({ kind: 'number', text: number });
    else if (word) tokens.push({ kind: 'word', text: word });
    else if (symbol) tokens.push({ kind: 'symbol', text: symbol });
  }
  tokens.push({ kind: 'end', text: 'the end of the query' });
  return tokens;
}

/** Reads tokens one by one. */
export class TokenReader {
  readonly #tokens: Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  get token(): Token {
    return this.#tokens[this.#at] as Token;
  }

  next(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  isKeyword(...words: string[]): boolean {
    const { kind, text } = this.token;
    return kind === 'word' && words.includes(text.toUpperCase());
  }

  /** Moves past the keyword when it is next. */
  keyword(word: string): boolean {
    if (!this.isKeyword(word)) return false;
    this.#at++;
    return true;
  }

  symbol(symbol: string): boolean {
    if (this.token.kind !== 'symbol' || this.token.text !== symbol) return false;
    this.#at++;
    return true;
  }

  expectKeyword(word: string): void {
    if (!this.keyword(word)) throw this.unexpected(word);
  }

  expectSymbol(symbol: string): void {
    if (!this.symbol(symbol)) throw this.unexpected(`\`${symbol}\``);
  }

  unexpected(expected: string): SyntaxProblem {
    return new SyntaxProblem(`Expected ${expected}, found \`${this.token.text}\``);
  }

  name(): string {
    const { kind, text } = this.token;
    if (kind !== 'word' && kind !== 'quoted') throw this.unexpected('a name');
    this.#at++;
    return text;
  }

  /** `a.b.c` as its parts. */
  path(): string[] {
    const parts = [this.name()];
    while (this.symbol('.')) parts.push(this.name());
    return parts;
  }
}
