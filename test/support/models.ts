import { modelServer } from "heddle/testing";
import { afterAll, beforeAll } from "vitest";

type Served = Awaited<ReturnType<typeof modelServer>>;
export type Handler = Parameters<Served["use"]>[0];

/**
 * One model server for a file of tests, to which every agent of that file speaks by `OPENAI_BASE_URL`, over real HTTP and
 * through the real client. The environment is as it was afterwards.
 */
export function servedModels(): { use(handler: Handler): void; readonly requests: Served["requests"]; readonly server: Served } {
  let server: Served;
  let seen = 0;
  const before = { OPENAI_BASE_URL: process.env["OPENAI_BASE_URL"], OPENAI_API_KEY: process.env["OPENAI_API_KEY"] };
  beforeAll(async () => {
    server = await modelServer(() => {
      throw new Error("Expected a test to say how the model answers");
    });
    process.env["OPENAI_BASE_URL"] = server.url;
    process.env["OPENAI_API_KEY"] = "test-key";
  });
  afterAll(async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await server.close();
  });
  return {
    /** Requests from here on are a test's own. */
    use: (handler) => {
      seen = server.requests.length;
      server.use(handler);
    },
    get requests() {
      return server.requests.slice(seen);
    },
    get server() {
      return server;
    },
  };
}
