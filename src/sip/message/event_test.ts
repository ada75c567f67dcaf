import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseEvent, printEvent } from "./event.ts";

testHeader({
  header: "Event",
  parse: parseEvent,
  print: printEvent,
  reads: [["a package with id", "dialog.winfo;id=7", {
    name: "dialog.winfo",
    params: new Map([["id", "7"]]),
  }]],
  refuses: [["empty text", ""], ["two packages", "a, b"]],
});
