/** The cap on what a query may cost those who do not own the database. Source: reference "protocol" 4.2, `SET row_limit`. */
import { fail, ok, type Result } from '../../../schema/result.ts';
import type { QueryCaller } from './access.ts';
import type { JoinQuery } from './join.ts';

/** Fails when the plans together can be expected to give more rows than the caller may ask for. */
export function checkRowLimit(plans: readonly { join: JoinQuery }[], { rowLimit }: QueryCaller): Result<undefined> {
  if (rowLimit === undefined) return ok(undefined);
  let rows = 0;
  for (const { join } of plans) rows += join.estimate();
  return rows <= rowLimit
    ? ok(undefined)
    : fail(`Estimated cardinality (${rows} rows) exceeds limit (${rowLimit} rows)`);
}
