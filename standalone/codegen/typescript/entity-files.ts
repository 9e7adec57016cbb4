/** One file per table, view, reducer and procedure. Source: reference "cli and generate" 10.5. */
import type { Procedure, Reducer } from '../../../schema/module-def.ts';
import { camelCase } from '../../../schema/names.ts';
import type { RowSource } from './model.ts';
import { basicImports, fileHead, libraryImport, quoted } from './text.ts';
import { field, fields, type TypeNames, typeExpression, typeImports } from './type-builder.ts';

const head = `${fileHead}${libraryImport(basicImports)}`;

/** The row type of a table or view. */
export function rowFile(source: RowSource, names: TypeNames): string {
  const imports = typeImports(
    source.columns.map((column) => column.type),
    names,
  );
  const columns = source.columns.map((column) => {
    const key = camelCase(column.name);
    const primary = column.position === source.primaryKey ? '.primaryKey()' : '';
    const canonical = column.name === key ? '' : `.name(${quoted(column.name)})`;
    return field(key, column.type, names, primary + canonical);
  });
  return `${head}${imports && `${imports}\n`}\nexport default __t.row({\n${columns.join('')}});\n`;
}

/** The parameters of a reducer. */
export function reducerFile(reducer: Reducer, names: TypeNames): string {
  const imports = importsOfParams(reducer.params, names);
  const params = fields(reducer.params, names);
  return `${head}\n${imports}export default {${params && `\n${params}`}};\n`;
}

/** The parameters and the return type of a procedure; no newline at the end, as the original has none. */
export function procedureFile(procedure: Procedure, names: TypeNames): string {
  const imports = importsOfParams([...procedure.params, { name: undefined, type: procedure.returnType }], names);
  const params = `export const params = {\n${fields(procedure.params, names)}};\n`;
  return `${head}\n${imports}${params}export const returnType = ${typeExpression(procedure.returnType, names)}`;
}

function importsOfParams(params: Reducer['params'], names: TypeNames): string {
  const imports = typeImports(
    params.map((param) => param.type),
    names,
  );
  return imports && `${imports}\n`;
}
