/** Many extensions at once, from a table. */

import { z } from "zod";
import {
  MAX_CSV_BYTES,
  type Problem as Finding,
  readExtensionCsv,
  readStoredDomain,
} from "../../config/mod.ts";
import { createPassword, type ImportPlan, planImport } from "../../pbx/directory/mod.ts";
import { readTyped } from "./body.ts";
import { domainParams } from "./collection.ts";
import { invalid } from "./directory_desk.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { Problem } from "./problem.ts";
import { importView } from "./views_directory.ts";

const CSV_TYPES = ["text/csv"];
const flag = z.enum(["true", "false"]).default("false");

export const importRoutes: readonly Endpoint[] = [
  endpoint({
    method: "post",
    path: "/domains/{domain}/extensions/import",
    summary: "Add extensions from a CSV table, all or none; passwords that are made are shown only now",
    tag: "extensions",
    access: "directory:write",
    params: domainParams,
    query: z.object({ update: flag, dryRun: flag }),
    takes: CSV_TYPES,
    problems: ["invalid", "conflict"],
    response: importView,
    async handle({ context, params, query, request }) {
      const bytes = await readTyped(request, { types: CSV_TYPES, maxBytes: MAX_CSV_BYTES });
      if (bytes instanceof Problem) return bytes;
      const rows = readExtensionCsv(bytes);
      if (!rows.ok) return refused(rows.error);
      const { directory } = context;
      const isDryRun = query.dryRun === "true";
      let plan: ImportPlan | undefined;
      const fault = await directory.change(params.domain, (stored, _merged, before) => {
        const planned = planImport({
          settings: context.queries.settings(),
          directory: directory.directory,
          before,
          stored,
          rows: rows.value,
          isUpdate: query.update === "true",
          createPassword: () => createPassword(context.random),
          complete: (domain) => readStoredDomain(domain, directory.defaults(stored.name)),
        });
        if (!planned.ok) return refused(planned.error);
        plan = planned.value;
        return isDryRun ? undefined : { stored: plan.domain, passwords: plan.passwords };
      });
      if (fault || !plan) return fault ?? new Problem("conflict");
      const { added, changed, made, passwords, domain } = plan;
      const names = new Map(domain.extensions.map(({ number, name }) => [number, name]));
      const shown = (isDryRun ? [] : made).map((number) => ({
        number,
        name: names.get(number) ?? "",
        password: passwords.get(number) ?? "",
      }));
      return { applied: !isDryRun, added: [...added], changed: [...changed], passwords: shown };
    },
  }),
];

/** `line 3: name`, as the errors of other operations name a path. */
function refused(findings: readonly Finding[]): Problem {
  return invalid(findings.map(({ line, path, message }) => ({
    path: [...(line === undefined ? [] : [`line ${line}`]), ...(path === "" ? [] : [path])].join(": "),
    message,
  })));
}
