/** The words of the page in Chinese. */

import { zhCalls } from "./zh_calls.ts";
import { zhFrame } from "./zh_frame.ts";
import { zhMachine } from "./zh_machine.ts";
import { zhOffice } from "./zh_office.ts";

export const zh = { ...zhFrame, ...zhOffice, ...zhCalls, ...zhMachine } as const;
