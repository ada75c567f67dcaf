import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseDate, printDate } from "./date.ts";

testHeader({
  header: "Date",
  parse: parseDate,
  print: printDate,
  reads: [
    ["the RFC's example", "Sat, 13 Nov 2010 23:29:00 GMT", Date.UTC(2010, 10, 13, 23, 29)],
    ["a leap day", "Thu, 29 Feb 2024 00:00:00 GMT", Date.UTC(2024, 1, 29)],
  ],
  refuses: [
    ["another time zone", "Fri, 01 Jan 2010 16:00:00 EST"],
    ["a day that does not exist", "Thu, 31 Feb 2024 00:00:00 GMT"],
    ["an hour that does not exist", "Thu, 29 Feb 2024 24:00:00 GMT"],
    ["an unknown month", "Thu, 29 Fef 2024 00:00:00 GMT"],
    ["empty text", ""],
  ],
});
