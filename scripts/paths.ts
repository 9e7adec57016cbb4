/** Where things are in the repository. */
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
/** Bundles, as they go into the VSIX. */
export const distDirectory = join(root, 'dist');
/** What the scripts and tests install and keep between runs; not under version control. */
export const workDirectory = join(root, '.work');
/** Screenshots and logs of the last test run; not under version control. */
export const artifactsDirectory = join(root, 'artifacts');
