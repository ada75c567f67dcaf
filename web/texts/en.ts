/** The words of the page in English. Every key stands in every catalog. */

import { enCalls } from "./en_calls.ts";
import { enFrame } from "./en_frame.ts";
import { enMachine } from "./en_machine.ts";
import { enOffice } from "./en_office.ts";

export const en = { ...enFrame, ...enOffice, ...enCalls, ...enMachine } as const;
