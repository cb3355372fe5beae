import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compilerOptions } from "../types/published.ts";

/** What an editor shows of a file, asked of TypeScript 7's language server as an editor does. */
export interface LanguageServer extends Disposable {
  /** What hovering over the last character of `mark` shows, without line breaks: the type, and below it the doc comment. */
  hover(source: string, mark: string): Promise<Shown>;
}
export interface Shown {
  readonly type: string;
  readonly documentation: string;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly items?: readonly unknown[] };
  readonly result?: { readonly contents?: { readonly value?: string } } | null;
}

export async function openLanguageServer(directory: string): Promise<LanguageServer> {
  const file = join(directory, "hovered.ts");
  const uri = pathToFileURL(file).href;
  await writeFile(file, "");
  await writeFile(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["hovered.ts"] }));
  const { ask, tell, end } = converse(await compiler(), directory);
  await ask("initialize", {
    processId: process.pid,
    rootUri: pathToFileURL(directory).href,
    capabilities: { textDocument: { hover: { contentFormat: ["markdown"] } } },
  });
  tell({ method: "initialized", params: {} });
  let version = 0;
  const write = (text: string) => {
    version++;
    if (version === 1) tell({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "typescript", version, text } } });
    else tell({ method: "textDocument/didChange", params: { textDocument: { uri, version }, contentChanges: [{ text }] } });
  };
  return {
    async hover(source, mark) {
      write(source);
      const before = source.slice(0, source.indexOf(mark) + mark.length - 1).split("\n");
      const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
      const { result } = await ask("textDocument/hover", { textDocument: { uri }, position });
      const [, type = "", documentation = ""] = /^```\w+\n([\s\S]*?)```\s*([\s\S]*)$/.exec(result?.contents?.value ?? "") ?? [];
      return { type: type.trim().replace(/\s+/g, " "), documentation };
    },
    [Symbol.dispose]: end,
  };
}

/** The compiler itself: what npm installs as `tsc` is a script around it, which a signal would not pass. */
async function compiler(): Promise<string> {
  const home = fileURLToPath(new URL("../../node_modules/typescript-7", import.meta.url));
  const { default: path } = (await import(join(home, "lib/getExePath.js"))) as { default: () => string };
  return path();
}

/** Talks JSON-RPC with a language server (https://microsoft.github.io/language-server-protocol). */
function converse(program: string, cwd: string) {
  const child = spawn(program, ["--lsp", "--stdio"], { cwd, stdio: ["pipe", "pipe", "ignore"] });
  const open = new Map<number, (answer: Message) => void>();
  let received = Buffer.alloc(0);
  let asked = 0;
  const tell = (message: object) => {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const take = (message: Message) => {
    if (message.id === undefined) return;
    // What the server asks for is the editor's configuration, of which there is none.
    if (message.method !== undefined) tell({ id: message.id, result: message.params?.items?.map(() => null) ?? null });
    else open.get(message.id)?.(message);
  };
  child.stdout.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (let head = received.indexOf("\r\n\r\n"); head >= 0; head = received.indexOf("\r\n\r\n")) {
      const end = head + 4 + Number(/Content-Length: (\d+)/i.exec(received.toString("latin1", 0, head))?.[1]);
      if (received.length < end) return;
      const message = JSON.parse(received.toString("utf8", head + 4, end)) as Message;
      received = received.subarray(end);
      take(message);
    }
  });
  const ask = (method: string, params: object) =>
    new Promise<Message>((resolve) => {
      open.set(++asked, resolve);
      tell({ id: asked, method, params });
    });
  return { ask, tell, end: () => void child.kill() };
}
