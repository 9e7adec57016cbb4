/**
 * Parses the two grammars: queries of subscriptions, and statements of the SQL endpoint. Names are case-sensitive,
 * keywords are not. Source: reference "protocol" 4.1 and 4.2.
 *
 * Why not `pgsql-ast-parser`: it folds unquoted names to lower case, reads integers as doubles (the digits of 64-bit
 * and wider keys are lost), and does not know `:sender`, `0x` literals, `SELECT * FROM *` and names of three parts.
 * What would be left to use of it is less than this file.
 */
import { fail, ok, type Result } from '../../../schema/result.ts';
import { parseColumn, parseLiteral, parsePredicate } from './predicate-parser.ts';
import type {
  ColumnName,
  Join,
  Literal,
  Predicate,
  Projection,
  Select,
  Statement,
  SubscriptionQuery,
  TableRef,
} from './syntax.ts';
import { SyntaxProblem, TokenReader } from './tokens.ts';

/** Bytes. */
const longestQuery = 50_000;

/** A query of a subscription, a one-off query or a row-level security rule. */
export const parseSubscription = (text: string): Result<SubscriptionQuery> =>
  parsing(text, (reader) => {
    if (!reader.isKeyword('SELECT')) throw new SyntaxProblem('Unsupported: Non-SELECT queries');
    const query = parseSelect(reader);
    if (query.kind === 'select' && query.limit !== undefined) throw new SyntaxProblem('Unsupported SELECT: LIMIT');
    if (query.kind === 'select' && query.projection.kind !== 'star') {
      throw new SyntaxProblem(
        'Column projections are not supported in subscriptions; Subscriptions must return a table type',
      );
    }
    return query;
  });

/** A statement of the SQL endpoint. */
export const parseStatement = (text: string): Result<Statement> =>
  parsing(text, (reader) => {
    const { text: word } = reader.token;
    switch (reader.token.kind === 'word' ? word.toUpperCase() : '') {
      case 'SELECT': {
        const query = parseSelect(reader);
        if (query.kind === 'select') return query;
        throw new SyntaxProblem('SELECT * FROM * is for subscriptions only');
      }
      case 'INSERT':
        return parseInsert(reader);
      case 'UPDATE':
        return parseUpdate(reader);
      case 'DELETE':
        return parseDelete(reader);
      case 'SET':
        return parseSet(reader);
      case 'SHOW':
        reader.next();
        return { kind: 'show', variable: reader.name() };
      default:
        throw new SyntaxProblem(`Unsupported: ${word}`);
    }
  });

function parsing<T>(text: string, parse: (reader: TokenReader) => T): Result<T> {
  if (Buffer.byteLength(text) > longestQuery) {
    return fail(
      `SQL query exceeds maximum allowed length: ${Buffer.byteLength(text)} > ${longestQuery}: "${text.slice(0, 120)}..."`,
    );
  }
  try {
    const reader = new TokenReader(text);
    if (reader.token.kind === 'end' || reader.token.text === ';') return fail('Empty SQL query');
    const parsed = parse(reader);
    expectEnd(reader);
    return ok(parsed);
  } catch (error) {
    if (error instanceof SyntaxProblem) return fail(error.message);
    throw error;
  }
}

function expectEnd(reader: TokenReader): void {
  const ended = reader.symbol(';');
  while (reader.symbol(';'));
  const { kind, text } = reader.token;
  if (kind === 'end') return;
  if (ended) throw new SyntaxProblem('Multiple SQL statements are not supported');
  if (text === ',') throw new SyntaxProblem('Implicit joins are not supported');
  if (reader.isKeyword('RETURNING')) throw new SyntaxProblem('Unsupported: RETURNING');
  if (reader.isKeyword('UNION', 'INTERSECT', 'EXCEPT')) throw new SyntaxProblem(`Unsupported set operation: ${text}`);
  if (kind === 'word') throw new SyntaxProblem(`Unsupported SELECT: ${text}`);
  throw reader.unexpected('the end of the query');
}

function parseSelect(reader: TokenReader): SubscriptionQuery {
  reader.next();
  if (reader.isKeyword('DISTINCT')) throw new SyntaxProblem('Unsupported SELECT: DISTINCT');
  const projection = parseProjection(reader);
  if (!reader.keyword('FROM')) throw new SyntaxProblem('A FROM clause is required');
  if (reader.symbol('*')) {
    if (projection.kind !== 'star' || projection.of !== undefined) throw reader.unexpected('the name of a table');
    return { kind: 'allTables' };
  }
  const from = parseTable(reader);
  const joins: Join[] = [];
  for (let join = parseJoin(reader); join; join = parseJoin(reader)) joins.push(join);
  const where = reader.keyword('WHERE') ? parsePredicate(reader) : undefined;
  const limit = reader.keyword('LIMIT') ? parseLimit(reader) : undefined;
  const select: Select = { kind: 'select', projection, from, joins, where, limit };
  if (joins.length > 0) checkQualified(select);
  return select;
}

function parseLimit(reader: TokenReader): string {
  const literal = parseLiteral(reader);
  if (literal?.form === 'number') return literal.text;
  throw new SyntaxProblem(`Unsupported LIMIT expression: ${literal?.text ?? reader.token.text}`);
}

function parseProjection(reader: TokenReader): Projection {
  if (reader.symbol('*')) {
    if (reader.token.text === ',') throw new SyntaxProblem('Mixed wildcard projections are not supported');
    return { kind: 'star', of: undefined };
  }
  const columns: { column: ColumnName; alias: string }[] = [];
  do {
    const item = parseProjectionItem(reader);
    if (item.kind === 'column') columns.push(item);
    else if (columns.length === 0 && reader.token.text !== ',') return item;
    else throw new SyntaxProblem('Mixed wildcard projections are not supported');
  } while (reader.symbol(','));
  return { kind: 'columns', columns };
}

type ProjectionItem = { kind: 'column'; column: ColumnName; alias: string } | Exclude<Projection, { kind: 'columns' }>;

function parseProjectionItem(reader: TokenReader): ProjectionItem {
  const { kind, text } = reader.token;
  if (kind === 'symbol' && text === '*') throw new SyntaxProblem('Mixed wildcard projections are not supported');
  if (kind !== 'word' && kind !== 'quoted') throw new SyntaxProblem(`Unsupported projection expression: ${text}`);
  const parts = [reader.name()];
  while (reader.symbol('.')) {
    if (reader.symbol('*')) return { kind: 'star', of: parts.join('.') };
    parts.push(reader.name());
  }
  if (reader.symbol('(')) return parseCount(reader, parts.join('.'));
  const name = parts.pop() as string;
  const column: ColumnName = { kind: 'column', qualifier: parts.length > 0 ? parts.join('.') : undefined, name };
  const named = reader.keyword('AS') || (isName(reader) && !reader.isKeyword('FROM'));
  return { kind: 'column', column, alias: named ? reader.name() : name };
}

const isName = (reader: TokenReader): boolean => reader.token.kind === 'word' || reader.token.kind === 'quoted';

function parseCount(reader: TokenReader, name: string): ProjectionItem {
  if (name.toUpperCase() !== 'COUNT' || !reader.symbol('*')) {
    throw new SyntaxProblem(`Unsupported aggregate function: ${name}`);
  }
  reader.expectSymbol(')');
  if (!reader.keyword('AS') && !(isName(reader) && !reader.isKeyword('FROM'))) {
    throw new SyntaxProblem('Aggregate expressions must have column aliases');
  }
  return { kind: 'count', alias: reader.name() };
}

/** Words that end a table and are not its alias. */
const afterTable = [
  ...['WHERE', 'JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'NATURAL', 'ON', 'USING', 'LIMIT', 'ORDER', 'GROUP'],
  ...['HAVING', 'OFFSET', 'FETCH', 'UNION', 'INTERSECT', 'EXCEPT', 'FOR', 'WINDOW', 'RETURNING'],
];

function parseTable(reader: TokenReader): TableRef {
  if (!isName(reader)) throw new SyntaxProblem(`Unsupported FROM expression: ${reader.token.text}`);
  const name = reader.path().join('.');
  if (reader.token.text === '(') throw new SyntaxProblem(`Unsupported FROM expression: ${name}(`);
  const named = reader.keyword('AS') || (isName(reader) && !reader.isKeyword(...afterTable));
  return { name, alias: named ? reader.name() : name };
}

function parseJoin(reader: TokenReader): Join | undefined {
  if (reader.isKeyword('LEFT', 'RIGHT', 'FULL', 'CROSS', 'NATURAL')) {
    throw new SyntaxProblem('Non-inner joins are not supported');
  }
  if (reader.keyword('INNER')) reader.expectKeyword('JOIN');
  else if (!reader.keyword('JOIN')) return undefined;
  const table = parseTable(reader);
  if (reader.isKeyword('USING')) throw new SyntaxProblem('Non-column join constraints are not supported');
  const on = reader.keyword('ON') ? parsePredicate(reader) : undefined;
  if (on && !isColumnEquality(on)) throw new SyntaxProblem('Non-column join constraints are not supported');
  return { table, on };
}

const isColumnEquality = (on: Predicate): boolean =>
  on.kind === 'compare' && on.comparison === '=' && on.left.kind === 'column' && on.right.kind === 'column';

function checkQualified({ projection, joins, where }: Select): void {
  const columns = projection.kind === 'columns' ? projection.columns.map(({ column }) => column) : [];
  for (const predicate of [where, ...joins.map((join) => join.on)]) if (predicate) collectColumns(predicate, columns);
  if (columns.some(({ qualifier }) => qualifier === undefined)) {
    throw new SyntaxProblem('Names must be qualified when using joins');
  }
}

function collectColumns(predicate: Predicate, into: ColumnName[]): void {
  if ('parts' in predicate) {
    for (const part of predicate.parts) collectColumns(part, into);
    return;
  }
  const operands = predicate.kind === 'compare' ? [predicate.left, predicate.right] : [predicate.operand];
  for (const operand of operands) if (operand.kind === 'column') into.push(operand);
}

function parseInsert(reader: TokenReader): Statement {
  reader.next();
  reader.expectKeyword('INTO');
  const table = reader.path().join('.');
  const columns: string[] = [];
  if (reader.symbol('(')) {
    do columns.push(reader.name());
    while (reader.symbol(','));
    reader.expectSymbol(')');
  }
  if (!reader.keyword('VALUES')) throw new SyntaxProblem(`Unsupported INSERT expression: ${reader.token.text}`);
  const rows: Literal[][] = [];
  do {
    reader.expectSymbol('(');
    const row: Literal[] = [];
    do row.push(valueLiteral(reader, 'Unsupported INSERT value'));
    while (reader.symbol(','));
    reader.expectSymbol(')');
    rows.push(row);
  } while (reader.symbol(','));
  return { kind: 'insert', table, columns, rows };
}

function valueLiteral(reader: TokenReader, problem: string): Literal {
  const literal = parseLiteral(reader);
  if (literal) return literal;
  throw new SyntaxProblem(`${problem}: ${reader.token.text}`);
}

function parseUpdate(reader: TokenReader): Statement {
  reader.next();
  const table = reader.path().join('.');
  reader.expectKeyword('SET');
  const assignments: { column: string; value: Literal }[] = [];
  do {
    const { name } = parseColumn(reader);
    reader.expectSymbol('=');
    assignments.push({
      column: name,
      value: valueLiteral(reader, 'Unsupported column/variable assignment expression'),
    });
  } while (reader.symbol(','));
  return { kind: 'update', table, assignments, where: parseWhere(reader) };
}

function parseDelete(reader: TokenReader): Statement {
  reader.next();
  reader.expectKeyword('FROM');
  const table = reader.path().join('.');
  if (reader.token.text === ',') throw new SyntaxProblem('Multi-table DELETE is not supported');
  return { kind: 'delete', table, where: parseWhere(reader) };
}

const parseWhere = (reader: TokenReader): Predicate | undefined =>
  reader.keyword('WHERE') ? parsePredicate(reader) : undefined;

function parseSet(reader: TokenReader): Statement {
  reader.next();
  const variable = reader.name();
  if (!reader.symbol('=')) reader.expectKeyword('TO');
  return {
    kind: 'set',
    variable,
    value: valueLiteral(reader, 'Unsupported column/variable assignment expression'),
  };
}
