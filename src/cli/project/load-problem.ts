import { match, P } from "ts-pattern";
import { describe } from "../text/thrown.ts";
import { checkedAt, isUnthrown, parsedAt, thrownAt } from "./source-position.ts";

interface Thrown {
  readonly code?: unknown;
  readonly message: string;
  readonly stack?: unknown;
}

/** Why a file did not load, in one message that names the file and says what to do. Takes whatever was thrown. */
export function loadProblem(thrown: unknown, path: string): string {
  return match(thrown)
    .with({ code: "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX", message: P.string }, (error) => unsupported(error, path))
    .with({ code: P.union("ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"), message: P.string }, (error) => missingImport(error, path))
    .with(
      { code: "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING" },
      () =>
        `Expected TypeScript outside of node_modules, where Node does not run it, got an import of it by ${path}: compile that package to JavaScript`,
    )
    .with({ name: "SyntaxError", message: P.string }, (error) =>
      isUnthrown((error as Thrown).stack) ? unparsed(error, path) : threw(error, path),
    )
    .otherwise((other) => threw(other, path));
}

function unsupported({ message, stack }: Thrown, path: string): string {
  const feature = /^TypeScript (.+?) is not supported/.exec(message)?.[1] ?? message;
  return `Expected ${parsedAt(stack) ?? path} to hold TypeScript whose types Node can strip, got a feature that makes code (${feature}): write it in JavaScript's own terms, such as an object instead of an enum, or compile the file first`;
}

function missingImport({ message }: Thrown, path: string): string {
  const [, what = "a module", from = path] = /^Cannot find (?:package|module) '([^']+)'(?: imported from (.+))?/.exec(message) ?? [];
  const isPackage = /^Cannot find package /.test(message) || !/^[./\\]|^[A-Za-z]:/.test(what);
  const advice = isPackage
    ? `install it with \`npm install ${what}\``
    : /\.[cm]?[jt]s$/.test(what)
      ? "check the path of the import"
      : "an import names the whole file, such as ./steps.ts";
  return `Expected everything that ${from} imports to be there, got no ${isPackage ? "package" : "file"} ${what}: ${advice}`;
}

function unparsed({ message, stack }: Thrown, path: string): string {
  const where = parsedAt(stack) ?? checkedAt(path) ?? path;
  const missing = /^The requested module '(.+)' does not provide an export named '(.+)'$/.exec(message);
  if (missing !== null)
    return `Expected ${missing[1]} to export ${JSON.stringify(missing[2])}, which ${where} imports: check the name; if it is a type, write \`import type\``;
  if (message === "Cannot use import statement outside a module" || message === "Unexpected token 'export'")
    return `Expected ${where} to be an ES module, got an import or export in a file that counts as CommonJS: set "type": "module" in the nearest package.json, or give the file the ending .mts`;
  return `Expected ${where} to be valid TypeScript or JavaScript, got a syntax error: ${message}`;
}

function threw(thrown: unknown, path: string): string {
  const at = thrownAt((thrown as Partial<Thrown> | null | undefined)?.stack);
  return `Expected ${path} to load, but it threw${at === undefined ? "" : ` at ${at}`}: ${describe(thrown)}`;
}
