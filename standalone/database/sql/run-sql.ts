/** The SQL endpoint: one statement, read or carried out, answered in its JSON. Source: reference "protocol" 1.7, 4. */
import { fail, type Result } from '../../../schema/result.ts';
import { queryCaller } from '../client-messages.ts';
import { type DatabaseCore, now } from '../core.ts';
import type { RequestArgs, RequestReply } from '../messages.ts';
import type { QueryCaller } from '../query/access.ts';
import { parseStatement } from '../query/parser.ts';
import type { Statement } from '../query/syntax.ts';
import { beginCall } from '../reducers.ts';
import { noProgram } from '../refusal.ts';
import type { Begin } from '../steps.ts';
import { ViewFailure } from '../views/view-failure.ts';
import { type PreparedChange, prepareChange } from './data-change.ts';
import { resultJson, type StatementResult } from './result-json.ts';
import { runSelect } from './select.ts';
import { prepareSet, showQuery } from './variables.ts';

export function runSql(core: DatabaseCore, { identity, query }: RequestArgs<'sql'>, begin: Begin): RequestReply<'sql'> {
  const started = performance.now();
  if (!core.program) return noProgram;
  const statement = parseStatement(query);
  const result = statement.ok ? runStatement(core, statement.value, queryCaller(core, identity), begin) : statement;
  const seconds = (performance.now() - started) / 1000;
  core.metrics.transacted({ type: 'Sql', reducer: '', committed: result.ok, seconds });
  if (!result.ok) return { ok: false, status: 400, message: `${result.message}, executing: \`${query}\`` };
  const durationMicros = Math.round(seconds * 1e6);
  return { ok: true, json: resultJson(result.value, durationMicros), durationMicros };
}

function runStatement(
  core: DatabaseCore,
  statement: Statement,
  caller: QueryCaller,
  begin: Begin,
): Result<StatementResult> {
  switch (statement.kind) {
    case 'select':
      return runSelect(statement, core.catalog, caller);
    case 'show': {
      const query = showQuery(statement.variable);
      return query.ok ? runSelect(query.value, core.catalog, { ...caller, rowLimit: undefined }) : query;
    }
    case 'set':
      return carryOut(core, prepareSet(statement.variable, statement.value, core.catalog, caller), begin);
    default:
      return carryOut(core, prepareChange(statement, core.catalog, caller), begin);
  }
}

function carryOut(core: DatabaseCore, prepared: Result<PreparedChange>, begin: Begin): Result<StatementResult> {
  if (!prepared.ok) return prepared;
  if (!core.program) return fail(noProgram.message);
  const { transaction } = begin(beginCall(core, core.program));
  const result = prepared.value(transaction);
  if (!result.ok) {
    transaction.rollback();
    return result;
  }
  try {
    core.commit(transaction, { type: 'Sql', reducer: '', timestamp: now() });
    return result;
  } catch (error) {
    if (!(error instanceof ViewFailure)) throw error;
    transaction.rollback();
    return fail(error.message);
  }
}
