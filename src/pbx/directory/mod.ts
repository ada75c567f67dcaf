export { type ApplyOptions, type ApplyPlan, planApply } from "./apply.ts";
export { type DirectoryChange, findNewErrors } from "./check_change.ts";
export * from "./directory.ts";
export { type ImportOptions, type ImportPlan, planImport } from "./import.ts";
export {
  createDirectory,
  type CreateHa1,
  type DirectoryOptions,
  type ReplaceableDirectory,
  type StoredDirectory,
} from "./memory_directory.ts";
export { createPassword } from "./new_password.ts";
