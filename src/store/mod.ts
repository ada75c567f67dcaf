export { Connection, type Row } from "./connection.ts";
export type { ReadDomain } from "./directory.ts";
export { faultOf, type StoreFault, type StoreFaultKind } from "./faults.ts";
export { type DatabaseFacts, inspectDatabase } from "./inspect.ts";
export { CSV_HEAD, exportCsv, exportJson, printCell, printCsvLine } from "./records_export.ts";
export { type PrunableRecords, type RetentionOptions, startRetention } from "./retention.ts";
export type { Migrations } from "./schema.ts";
export { openStore, type Store, type StoreOptions, type StoreTrouble } from "./store.ts";
