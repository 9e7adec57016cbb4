/** Style sheets are imported for the bundler, which collects them into one file per panel. */
declare module '*.css' {}
