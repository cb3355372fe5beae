import ts from "typescript";
import { compilerOptions } from "../types/published.ts";

/** What an editor shows of a file, asked of TypeScript 6's language service. A `‸` in a source is where the cursor is. */
export interface Editor {
  complete(marked: string): string[] | undefined;
  hover(source: string, mark: string): string;
  definition(marked: string): string | undefined;
  documentation(marked: string): string;
  /** The names of all types that the package exports. */
  exported(): readonly string[];
}

export function openEditor(directory: string): Editor {
  const file = `${directory}/edited.ts`;
  let text = "";
  let version = 0;
  const { options } = ts.convertCompilerOptionsFromJson(compilerOptions, directory);
  const service = ts.createLanguageService({
    getScriptFileNames: () => [file],
    getScriptVersion: (name) => (name === file ? String(version) : "0"),
    getScriptSnapshot: (name) => {
      const content = name === file ? text : ts.sys.readFile(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => directory,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: ts.sys.realpath ?? ((path) => path),
  });
  const write = (source: string) => {
    if (source === text) return;
    text = source;
    version++;
  };
  const cursor = (marked: string) => {
    write(marked.replace("‸", ""));
    return marked.indexOf("‸");
  };
  const quickInfo = (at: number) => service.getQuickInfoAtPosition(file, at);
  return {
    complete(marked) {
      const at = cursor(marked);
      return service
        .getCompletionsAtPosition(file, at, {})
        ?.entries.filter(({ name }) => !name.startsWith('"~'))
        .map(({ name }) => name)
        .sort();
    },
    hover(source, mark) {
      write(source);
      const info = quickInfo(source.indexOf(mark) + mark.length - 1);
      return ts.displayPartsToString(info?.displayParts).replace(/\s+/g, " ");
    },
    definition: (marked) => service.getDefinitionAtPosition(file, cursor(marked))?.[0]?.fileName,
    exported() {
      write(`import * as heddle from "heddle";\nexport type { heddle };`);
      const program = service.getProgram();
      const source = program?.getSourceFile(file)?.statements[0];
      if (program === undefined || source === undefined || !ts.isImportDeclaration(source))
        throw new Error("Expected the import to be read");
      const module = program.getTypeChecker().getSymbolAtLocation(source.moduleSpecifier);
      if (module === undefined) throw new Error("Expected heddle to be found");
      return program
        .getTypeChecker()
        .getExportsOfModule(module)
        .map(({ name }) => name);
    },
    documentation: (marked) => ts.displayPartsToString(quickInfo(cursor(marked))?.documentation),
  };
}
