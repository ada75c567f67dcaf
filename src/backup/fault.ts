/** A file that cannot be taken; the message says why, and fits behind `Cannot use "FILE": `. */
export class BackupFault extends Error {}
