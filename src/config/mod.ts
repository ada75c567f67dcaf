export * from "./compare.ts";
export {
  completeDomain,
  completeSettings,
  DOMAIN_DEFAULTS,
  type DomainDefaults,
  domainDefaultsOf,
} from "./complete.ts";
export { checkDomain, matchesPattern } from "./check_domain.ts";
export { checkSettings } from "./check.ts";
export { dialledText, isHost, splitHostPort, strict } from "./fields.ts";
export { type CsvExtension, MAX_CSV_BYTES, readExtensionCsv } from "./extension_csv.ts";
export { type DirectoryLine, explainChanges } from "./explain_changes.ts";
export { isHoliday, type OpenHours, readHours } from "./hours.ts";
export { printSipListener } from "./listeners.ts";
export { nearest } from "./nearest.ts";
export { type Path, printPath } from "./path.ts";
export { explainIssues, printProblem, type Problem } from "./problems.ts";
export { type ExportedDomain, type Ha1Text, printDirectory } from "./print_directory.ts";
export { type DirectoryFile, type FileDomain, readDirectoryFile } from "./read_directory.ts";
export { readDomain, type Reading, type ReadOptions, readSettings, readStoredDomain } from "./read.ts";
export * from "./samples.ts";
export * from "./schema.ts";
export * from "./schema_domain.ts";
export * from "./types.ts";
