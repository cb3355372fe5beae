// Beside command.ts for good: in the sources as in what is built, the command's folder is two below the package's.

/** Where the command's own files are. */
export const commandFolder = new URL(".", import.meta.url).href;

/** Where the library is, as sources and as it is built. */
export const libraryFolders: readonly string[] = ["dist/", "src/"].map((name) => new URL(`../../${name}`, import.meta.url).href);

export const packageFile = new URL("../../package.json", import.meta.url);
