import { defineConfig } from "vitest/config";
import suite from "../vitest.config.ts";

/** The suite's own configuration, for the one test that must turn a run red. */
export default defineConfig({ ...suite, test: { ...suite.test, include: ["test/leaks/children/stray.ts"] } });
