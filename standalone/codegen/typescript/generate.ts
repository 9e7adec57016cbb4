/** The TypeScript client bindings of a module, byte for byte as the real generator writes them (reference 10). */
import type { ModuleDef } from '../../../schema/module-def.ts';
import { fail, ok, type Result } from '../../../schema/result.ts';
import type { CodegenOptions, GeneratedFile } from '../generated-file.ts';
import { procedureFile, reducerFile, rowFile } from './entity-files.ts';
import { indexFile } from './index-file.ts';
import { modelOf, procedureModule, reducerModule, rowModule } from './model.ts';
import { CodegenError } from './type-builder.ts';
import { procedureTypesFile, reducerTypesFile, typesFile } from './types-files.ts';

/** All files of the bindings. Fails for names that are no identifiers and for types that no client can name. */
export function generateTypeScript(def: ModuleDef, options: CodegenOptions): Result<GeneratedFile[]> {
  try {
    const files = allFiles(def, options);
    const twice = files.find((file, i) => files.findIndex((other) => other.path === file.path) !== i);
    if (!twice) return ok(files);
    return fail(`Two parts of the module would be generated into ${twice.path}. Rename one of them in the module.`);
  } catch (error) {
    if (error instanceof CodegenError) return fail(error.message);
    throw error;
  }
}

function allFiles(def: ModuleDef, options: CodegenOptions): GeneratedFile[] {
  const model = modelOf(def, options);
  return [
    ...model.rowSources.map((source) => ({ path: `${rowModule(source)}.ts`, text: rowFile(source, model.names) })),
    ...model.reducers.map((entry) => ({ path: `${reducerModule(entry)}.ts`, text: reducerFile(entry, model.names) })),
    ...model.procedures.map((entry) => ({
      path: `${procedureModule(entry)}.ts`,
      text: procedureFile(entry, model.names),
    })),
    { path: 'index.ts', text: indexFile(model, options) },
    { path: 'types.ts', text: typesFile(model, def.typespace) },
    { path: 'types/reducers.ts', text: reducerTypesFile(model) },
    { path: 'types/procedures.ts', text: procedureTypesFile(model) },
  ];
}
