/** What lies in a folder. */

/** Relative paths of all files below `folder`, at most `limit`; empty when there is no such folder. */
export function listFiles(folder: string, limit = 2000): string[] {
  const files: string[] = [];
  const walk = (path: string, prefix: string, depth: number) => {
    for (const entry of readFolder(path)) {
      if (files.length >= limit) return;
      if (entry.isFile) files.push(prefix + entry.name);
      else if (entry.isDirectory && depth < 4) {
        walk(`${path}/${entry.name}`, `${prefix}${entry.name}/`, depth + 1);
      }
    }
  };
  walk(folder, "", 0);
  return files;
}

function readFolder(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch {
    return [];
  }
}

/** Names of what lies directly in a folder; empty when there is no such folder. */
export function folderEntries(folder: string): string[] {
  return readFolder(folder).map(({ name }) => name);
}
