import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Page {
  readonly status?: number;
  readonly body?: string;
  /** Never answers; the visitor's leaving is recorded. */
  readonly hangs?: true;
}

interface Pages extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  /** `GET /path` and so on, in order of arrival. */
  readonly visits: readonly string[];
  /** How many visitors left before they had an answer. */
  readonly left: number;
}

/** A web server on loopback: each path's pages in turn, the last one for ever; 404 for any other path. */
export async function pages(byPath: Readonly<Record<string, readonly Page[]>>): Promise<Pages> {
  const visits: string[] = [];
  let left = 0;
  const server = createServer(({ method, url = "" }, response) => {
    const visit = visits.filter((one) => one === `${method} ${url}`).length;
    visits.push(`${method} ${url}`);
    const page = byPath[url]?.[visit] ?? byPath[url]?.at(-1) ?? { status: 404 };
    response.once("close", () => {
      if (!response.writableFinished) left++;
    });
    if (page.hangs === undefined) response.writeHead(page.status ?? 200).end(page.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    visits,
    get left() {
      return left;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
