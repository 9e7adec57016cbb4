/** Every rule, and the door to them: what is wrong with a module definition. */
import type { Problem } from '../problem.ts';
import type { Path, RawModuleDef } from '../raw-module-def.ts';
import { autoIncNotInteger } from './auto-inc-not-integer.ts';
import { columnBuilderNotCalled } from './column-builder-not-called.ts';
import { columnNameCollision } from './column-name-collision.ts';
import { defaultExportNotSchema } from './default-export-not-schema.ts';
import { defaultOutOfRange } from './default-out-of-range.ts';
import { defaultTypeMismatch } from './default-type-mismatch.ts';
import { defaultWithConstraint } from './default-with-constraint.ts';
import { enumTooManyVariants } from './enum-too-many-variants.ts';
import { enumVariantCollision } from './enum-variant-collision.ts';
import { eventTablePrivate } from './event-table-private.ts';
import { functionNameDuplicate } from './function-name-duplicate.ts';
import { generatedNameCollision } from './generated-name-collision.ts';
import { httpHandlerNameDuplicate } from './http-handler-name-duplicate.ts';
import { indexAccessorDuplicate } from './index-accessor-duplicate.ts';
import { indexDirectBadType } from './index-direct-bad-type.ts';
import { indexDirectNotUnique } from './index-direct-not-unique.ts';
import { indexDuplicateColumn } from './index-duplicate-column.ts';
import { indexDuplicateDefinition } from './index-duplicate-definition.ts';
import { indexEmptyColumns } from './index-empty-columns.ts';
import { indexMissingAccessor } from './index-missing-accessor.ts';
import { indexMissingAlgorithm } from './index-missing-algorithm.ts';
import { indexUnknownColumn } from './index-unknown-column.ts';
import { type ModuleRule, type RuleInput, ruleInput } from './input.ts';
import { lifecycleDuplicate } from './lifecycle-duplicate.ts';
import { lifecycleInSubmodule } from './lifecycle-in-submodule.ts';
import { lifecycleWithParams } from './lifecycle-with-params.ts';
import { missingDefaultExport } from './missing-default-export.ts';
import { multipleSchemas } from './multiple-schemas.ts';
import { nameEmptyAfterConversion } from './name-empty-after-conversion.ts';
import { nameInvalidChar } from './name-invalid-char.ts';
import { nameNotNfc } from './name-not-nfc.ts';
import { nonSpacetimeExport } from './non-spacetime-export.ts';
import { pkMultiple } from './pk-multiple.ts';
import { rowTypeIsObjectType } from './row-type-is-object-type.ts';
import { scheduleAtUnused } from './schedule-at-unused.ts';
import { scheduleDuplicate } from './schedule-duplicate.ts';
import { scheduleFunctionMissing } from './schedule-function-missing.ts';
import { scheduleFunctionNotExported } from './schedule-function-not-exported.ts';
import { scheduleFunctionParams } from './schedule-function-params.ts';
import { scheduleMissingAtColumn } from './schedule-missing-at-column.ts';
import { scheduleMissingParamsArg } from './schedule-missing-params-arg.ts';
import { schedulePrimaryKey } from './schedule-primary-key.ts';
import { scheduleProcedureReturn } from './schedule-procedure-return.ts';
import { scheduleTableNotInSchema } from './schedule-table-not-in-schema.ts';
import { schemaEntryNotTable } from './schema-entry-not-table.ts';
import { tableHandleReused } from './table-handle-reused.ts';
import { tableMissingColumns } from './table-missing-columns.ts';
import { tableNameDuplicate } from './table-name-duplicate.ts';
import { tableNameReservedPrefix } from './table-name-reserved-prefix.ts';
import { tableNotInSchema } from './table-not-in-schema.ts';
import { tableOptionsInColumns } from './table-options-in-columns.ts';
import { typeMissingName } from './type-missing-name.ts';
import { typeNameDuplicate } from './type-name-duplicate.ts';
import { typeUnknownBuilder } from './type-unknown-builder.ts';
import { unexportedRegistration } from './unexported-registration.ts';
import { uniqueConstraintDuplicate } from './unique-constraint-duplicate.ts';
import { uniqueConstraintWithoutIndex } from './unique-constraint-without-index.ts';
import { unreachableFromEntry } from './unreachable-from-entry.ts';
import { v1ReducerStringName } from './v1-reducer-string-name.ts';
import { v1ScheduledString } from './v1-scheduled-string.ts';
import { v1SchemaArgs } from './v1-schema-args.ts';
import { viewNameCollidesTable } from './view-name-collides-table.ts';
import { viewReturnType } from './view-return-type.ts';

/** In order of id. */
export const rules: readonly ModuleRule[] = [
  autoIncNotInteger,
  columnBuilderNotCalled,
  columnNameCollision,
  defaultExportNotSchema,
  defaultOutOfRange,
  defaultTypeMismatch,
  defaultWithConstraint,
  enumTooManyVariants,
  enumVariantCollision,
  eventTablePrivate,
  functionNameDuplicate,
  generatedNameCollision,
  httpHandlerNameDuplicate,
  indexAccessorDuplicate,
  indexDirectBadType,
  indexDirectNotUnique,
  indexDuplicateColumn,
  indexDuplicateDefinition,
  indexEmptyColumns,
  indexMissingAccessor,
  indexMissingAlgorithm,
  indexUnknownColumn,
  lifecycleDuplicate,
  lifecycleInSubmodule,
  lifecycleWithParams,
  missingDefaultExport,
  multipleSchemas,
  nameEmptyAfterConversion,
  nameInvalidChar,
  nameNotNfc,
  nonSpacetimeExport,
  pkMultiple,
  rowTypeIsObjectType,
  scheduleAtUnused,
  scheduleDuplicate,
  scheduleFunctionMissing,
  scheduleFunctionNotExported,
  scheduleFunctionParams,
  scheduleMissingAtColumn,
  scheduleMissingParamsArg,
  schedulePrimaryKey,
  scheduleProcedureReturn,
  scheduleTableNotInSchema,
  schemaEntryNotTable,
  tableHandleReused,
  tableMissingColumns,
  tableNameDuplicate,
  tableNameReservedPrefix,
  tableNotInSchema,
  tableOptionsInColumns,
  typeMissingName,
  typeNameDuplicate,
  typeUnknownBuilder,
  unexportedRegistration,
  uniqueConstraintDuplicate,
  uniqueConstraintWithoutIndex,
  unreachableFromEntry,
  v1ReducerStringName,
  v1ScheduledString,
  v1SchemaArgs,
  viewNameCollidesTable,
  viewReturnType,
];

/**
 * Everything that is wrong with a definition and its submodules, ordered by place, then by rule; never throws on a
 * definition that `rawModuleDefFromJson`, `decodeRawModuleDef` or the language server made.
 */
export function checkModule(raw: RawModuleDef): Problem[] {
  return [...run(raw, rules), ...checkSubmodules(raw, [])].sort(byPlace);
}

/** Those problems for which the host refuses to publish. Some errors of `checkModule` show only when the module runs. */
export function publishRefusals(raw: RawModuleDef): Problem[] {
  const accepted = new Set(rules.filter((rule) => rule.acceptedByHost).map((rule) => rule.id));
  return checkModule(raw).filter((problem) => problem.severity === 'error' && !accepted.has(problem.rule));
}

function run(raw: RawModuleDef, chosen: readonly ModuleRule[]): Problem[] {
  const input: RuleInput = ruleInput(raw);
  const problems: Problem[] = [];
  for (const { id, severity, check } of chosen) {
    check(input, (problem) => problems.push({ rule: id, severity, ...problem }));
  }
  return problems;
}

/** A submodule obeys the same rules in its own namespace. */
function checkSubmodules(raw: RawModuleDef, prefix: Path): Problem[] {
  return raw.submodules.flatMap(({ module }, i) => {
    const at = [...prefix, 'submodules', i, 'module'];
    return [...run(module, rules).map((problem) => movedUnder(problem, at)), ...checkSubmodules(module, at)];
  });
}

const movedUnder = (problem: Problem, prefix: Path): Problem => ({
  ...problem,
  at: [...prefix, ...problem.at],
  related: problem.related?.map(({ at, message }) => ({ at: [...prefix, ...at], message })),
});

function byPlace(a: Problem, b: Problem): number {
  for (let i = 0; i < Math.min(a.at.length, b.at.length); i++) {
    const [x, y] = [a.at[i], b.at[i]];
    if (x === y || x === undefined || y === undefined) continue;
    if (typeof x === 'number' && typeof y === 'number') return x - y;
    return String(x) < String(y) ? -1 : 1;
  }
  return a.at.length - b.at.length || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0);
}
