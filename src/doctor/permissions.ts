/** Who may read what holds secrets. */

import { type Finding, fine, problem, warning } from "./finding.ts";

export interface FileFacts {
  readonly path: string;
  readonly kind: "folder" | "key" | "database" | "configuration";
  /** Permission bits, e.g. 0o640; undefined: it is not there. */
  readonly mode: number | undefined;
  readonly owner?: number;
  /** For a configuration: passwords stand in it. */
  readonly hasSecrets?: boolean;
}

const OTHERS = 0o007;
const OTHERS_WRITE = 0o002;
const GROUP_WRITE = 0o020;

/** `serverUser`: numeric id under which the server runs, where that is known. */
export function judgeFile(file: FileFacts, serverUser?: number): Finding | undefined {
  const { path, kind, mode, owner, hasSecrets = true } = file;
  if (mode === undefined) return undefined;
  if (mode & OTHERS_WRITE) {
    return problem("permissions", `${path} may be changed by everybody`, `chmod o-rwx "${path}"`);
  }
  if (hasSecrets && mode & OTHERS) {
    const text = kind === "key"
      ? `the private key ${path} may be read by everybody`
      : kind === "configuration"
      ? `${path} holds passwords and may be read by everybody`
      : `${path} may be read by everybody`;
    return problem("permissions", text, `chmod o-rwx "${path}"`);
  }
  if (kind !== "configuration" && mode & GROUP_WRITE) {
    return warning("permissions", `${path} may be changed by its group`, `chmod g-w "${path}"`);
  }
  const isForeign = owner !== undefined && serverUser !== undefined && owner !== serverUser &&
    serverUser !== 0;
  if (isForeign && (kind === "folder" || kind === "database")) {
    return problem(
      "permissions",
      `${path} belongs to user ${owner}, the server runs as user ${serverUser} and cannot write it`,
      `chown -R ${serverUser} "${path}"`,
    );
  }
  return undefined;
}

export function judgePermissions(files: readonly FileFacts[], serverUser?: number): Finding[] {
  const found = files.flatMap((file) => judgeFile(file, serverUser) ?? []);
  const seen = files.filter(({ mode }) => mode !== undefined).length;
  return found.length > 0 ? found : [
    fine(
      "permissions",
      `${seen} ${seen === 1 ? "place" : "places"} with secrets: nobody else may read them`,
    ),
  ];
}
