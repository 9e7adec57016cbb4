/** types.ts and the two files of argument types below types/. Source: reference "cli and generate" 10.5. */
import type { Typespace } from '../../../schema/algebraic-type.ts';
import { pascalCase } from '../../../schema/names.ts';
import { type Model, procedureModule, procedureName, reducerModule, reducerName } from './model.ts';
import { basicImports, fileHead, libraryImport, quoted } from './text.ts';
import { fields, variantFields } from './type-builder.ts';

/** Every named type of the module. */
export function typesFile(model: Model, typespace: Typespace): string {
  const types = model.types.map((type) => typeDeclaration(type.fullName, type.ref, model, typespace));
  return `${fileHead}${libraryImport(basicImports)}\n${types.join('')}`;
}

function typeDeclaration(name: string, ref: number, model: Model, typespace: Typespace): string {
  const type = typespace[ref];
  if (type?.tag !== 'Product' && type?.tag !== 'Sum') return '';
  const isSum = type.tag === 'Sum';
  const comment = isSum ? `// The tagged union or sum type for the algebraic type \`${name}\`.\n` : '';
  // TypeScript cannot infer the type of this one recursive value by itself.
  const annotation = name === 'AlgebraicType' ? ': __TypeBuilder<__AlgebraicTypeType, __AlgebraicTypeType>' : '';
  const members = isSum ? variantFields(type.variants, model.names) : fields(type.elements, model.names);
  const builder = `__t.${isSum ? 'enum' : 'object'}(${quoted(name)}, {${members && `\n${members}`}});\n`;
  return `${comment}export const ${name}${annotation} = ${builder}export type ${name} = __Infer<typeof ${name}>;\n\n`;
}

const inferImport = 'import { type Infer as __Infer } from "spacetimedb";\n';

/** `<Reducer>Params` for every reducer. */
export function reducerTypesFile(model: Model): string {
  const imports = model.reducers.map((r) => `import ${reducerName(r)} from "../${reducerModule(r)}";\n`);
  const types = model.reducers.map(
    (r) => `export type ${pascalCase(r.accessor)}Params = __Infer<typeof ${reducerName(r)}>;\n`,
  );
  return `${fileHead}${inferImport}\n// Import all reducer arg schemas\n${imports.join('')}\n${types.join('')}\n`;
}

/** `<Procedure>Args` and `<Procedure>Result` for every procedure. */
export function procedureTypesFile(model: Model): string {
  const imports = model.procedures.map((p) => `import * as ${procedureName(p)} from "../${procedureModule(p)}";\n`);
  const types = model.procedures.map((p) => {
    const name = pascalCase(p.accessor);
    return (
      `export type ${name}Args = __Infer<typeof ${procedureName(p)}.params>;\n` +
      `export type ${name}Result = __Infer<typeof ${procedureName(p)}.returnType>;\n`
    );
  });
  return `${fileHead}${inferImport}\n// Import all procedure arg schemas\n${imports.join('')}\n${types.join('')}\n`;
}
