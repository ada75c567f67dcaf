/** House rules for the linter: time, chance and I/O are named in `src/platform/` only. */

const FORBIDDEN_MEMBERS: Record<string, readonly string[]> = {
  Date: ["now"],
  performance: ["now", "timeOrigin"],
  Math: ["random"],
  crypto: ["getRandomValues", "randomUUID"],
};
const FORBIDDEN_CALLS = new Set(["setTimeout", "setInterval", "setImmediate"]);

/** True where a rule of the source tree applies: under `src/`, not a test, not the platform. */
function isGuarded(fileName: string): boolean {
  const path = fileName.replaceAll("\\", "/");
  return path.includes("/src/") && !path.includes("/src/platform/") && !path.endsWith("_test.ts") &&
    !path.endsWith("_bench.ts");
}

const plugin: Deno.lint.Plugin = {
  name: "sipedge",
  rules: {
    "platform-only": {
      create(context) {
        if (!isGuarded(context.filename)) return {};
        return {
          MemberExpression(node) {
            if (node.object.type !== "Identifier" || node.property.type !== "Identifier") return;
            const { name } = node.object;
            if (name === "Deno" || FORBIDDEN_MEMBERS[name]?.includes(node.property.name)) {
              context.report({ node, message: `${name}.${node.property.name} belongs in src/platform/` });
            }
          },
          CallExpression(node) {
            if (node.callee.type === "Identifier" && FORBIDDEN_CALLS.has(node.callee.name)) {
              context.report({
                node,
                message: `${node.callee.name} belongs in src/platform/: use the Clock port`,
              });
            }
          },
        };
      },
    },
  },
};

export default plugin;
