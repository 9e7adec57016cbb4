/** What a module asks for and this server does not do yet; said at publish, so that nobody waits for it in vain. */
import type { ModuleDef } from '../../schema/module-def.ts';
import type { RawModuleDef } from '../../schema/raw-module-def.ts';

/** One line per kind of thing. */
export function unsupportedParts(module: ModuleDef, raw: RawModuleDef): string[] {
  const parts: [string, string[]][] = [
    [
      'Views with parameters cannot be read',
      module.views.filter((view) => view.params.length > 0).map((view) => view.name),
    ],
    ['Submodules have no tables or functions', raw.submodules.map((submodule) => submodule.namespace)],
  ];
  return parts
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what} on the embedded server yet: ${names.join(', ')}`);
}
