import { defineConfig } from "vitest/config";
import lane from "./vitest.config.ts";

/** The same on SQLite's files: each boundary closes the database, and opens the file anew. */
export default defineConfig({ ...lane, test: { ...lane.test, env: { ...lane.test?.env, HEDDLE_BOUNDARY_JOURNAL: "sqlite" } } });
