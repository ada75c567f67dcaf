export { BackupFault } from "./fault.ts";
export { type BackupEntry, CONFIG_NAME, DATABASE_NAME, type Manifest, maxBytesOf } from "./manifest.ts";
export { measure, pack, type PackOptions } from "./pack.ts";
export { MAX_PASSPHRASE, MIN_PASSPHRASE } from "./seal.ts";
export { Backup, type FileSink, type UnpackOptions } from "./unpack.ts";
