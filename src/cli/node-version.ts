const least = { major: 22, minor: 18 };

/** Why this Node cannot run the command, if it cannot: from 22.18 Node runs TypeScript files itself. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > least.major || (major === least.major && minor >= least.minor)) return undefined;
  return `Expected Node ${least.major}.${least.minor} or later, which runs TypeScript files itself, got ${version}: install a newer one from https://nodejs.org`;
}
