/**
 * House rules for the linter: time, chance and I/O are named in `src/platform/` only; no function is longer than a screen
 * or two; nothing of a call grows old before its time.
 */

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

/** What runs for every message or call. */
function isOfCalls(fileName: string): boolean {
  return isGuarded(fileName) && /\/src\/(?:sip|pbx|sdp)\//.test(fileName.replaceAll("\\", "/"));
}

/** Lines of a function, braces and head included. */
const MAX_FUNCTION_LINES = 80;

/** Tests are tables and stories: they may be long. */
function isBudgeted(fileName: string): boolean {
  const path = fileName.replaceAll("\\", "/");
  return /\/(?:src|web|tools)\//.test(path) && !path.includes("/tests/") &&
    !/_(?:test|bench)\.tsx?$/.test(path);
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
    /**
     * V8 allocates a function that is written as the right side of `object.member =` among the old objects at once. One of a
     * call's keeps all of that call until the whole heap is collected. A name in between makes it young.
     */
    "no-old-closures": {
      create(context) {
        if (!isOfCalls(context.filename)) return {};
        return {
          AssignmentExpression({ left, right }) {
            const isFunction = right.type === "ArrowFunctionExpression" ||
              right.type === "FunctionExpression";
            if (left.type !== "MemberExpression" || !isFunction) return;
            context.report({
              node: right,
              message: "This function would outlive its call: name it first, or make it a method",
            });
          },
        };
      },
    },
    "max-function-lines": {
      create(context) {
        if (!isBudgeted(context.filename)) return {};
        const { text } = context.sourceCode;
        const count = (
          node:
            | Deno.lint.FunctionDeclaration
            | Deno.lint.FunctionExpression
            | Deno.lint.ArrowFunctionExpression,
        ) => {
          const [start, end] = node.range;
          const lines = text.slice(start, end).split("\n").length;
          if (lines <= MAX_FUNCTION_LINES) return;
          const message = `A function of ${lines} lines: split it, ${MAX_FUNCTION_LINES} are enough`;
          context.report({ range: [start, text.indexOf("\n", start)], message });
        };
        return { FunctionDeclaration: count, FunctionExpression: count, ArrowFunctionExpression: count };
      },
    },
  },
};

export default plugin;
