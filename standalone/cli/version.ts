/** The version of SpacetimeDB whose command line, protocols and generated code this tool reproduces. */
export const compatibleVersion = '2.10.1';
/** The version of this project; a unit test compares it with package.json. */
export const workbenchVersion = '0.1.0';
/** Stands where the real tool names the commit it was built from. */
export const commit = `workbench-${workbenchVersion}`;
export const userAgent = `spacetimedb-cli/${compatibleVersion}`;

/** One line for `-V`. */
export const shortVersion = `spacetime ${compatibleVersion} (embedded, Workbench ${workbenchVersion})`;

/** Three lines for `--version`, in the shape of the real tool's. */
export const longVersion = (executable: string): string =>
  `spacetime Path: ${executable}
Commit: ${commit}
spacetimedb tool version ${compatibleVersion} (embedded, Workbench ${workbenchVersion}); spacetimedb-lib version ${compatibleVersion};`;
