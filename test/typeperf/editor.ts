import ts from "typescript";
import { compilerOptions } from "../types/published.ts";

/** What an editor shows of a file, asked of TypeScript 6's language service. A `‸` in a source is where the cursor is. */
export interface Editor {
  complete(marked: string): string[] | undefined;
  hover(source: string, mark: string): string;
  definition(marked: string): string | undefined;
  documentation(marked: string): string;
  /** The names of all that the package exports. */
  exported(): readonly string[];
  /** Those of them, and of their members, that an editor has nothing to say about. */
  undocumented(): readonly string[];
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
  const exports = () => {
    write(`import * as heddle from "heddle";\nexport type { heddle };`);
    const program = service.getProgram();
    const source = program?.getSourceFile(file)?.statements[0];
    if (program === undefined || source === undefined || !ts.isImportDeclaration(source)) throw new Error("Expected the import to be read");
    const checker = program.getTypeChecker();
    const module = checker.getSymbolAtLocation(source.moduleSpecifier);
    if (module === undefined) throw new Error("Expected heddle to be found");
    return { checker, symbols: checker.getExportsOfModule(module) };
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
    exported: () => exports().symbols.map(({ name }) => name),
    undocumented() {
      const { checker, symbols } = exports();
      const says = (symbol: ts.Symbol) => symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags(checker).length > 0;
      return symbols.flatMap((exported) => {
        const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
        const { flags, valueDeclaration } = symbol;
        // Of a function that is a value, the call is documented.
        const calls = valueDeclaration === undefined ? [] : checker.getTypeOfSymbolAtLocation(symbol, valueDeclaration).getCallSignatures();
        const itself = says(symbol) || calls.some((call) => call.getDocumentationComment(checker).length > 0) ? [] : [symbol.name];
        if ((flags & ts.SymbolFlags.Interface) === 0) return itself;
        const members = checker
          .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
          // A member under a unique symbol is for the compiler alone, as are those whose names begin with `~`.
          .filter((member) => !member.name.startsWith("~") && !member.name.startsWith("__@") && !says(member));
        return [...itself, ...members.map((member) => `${symbol.name}.${member.name}`)];
      });
    },
    documentation: (marked) => ts.displayPartsToString(quickInfo(cursor(marked))?.documentation),
  };
}
