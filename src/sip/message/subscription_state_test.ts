import { testHeader } from "../../../tests/support/header_cases.ts";
import { parseSubscriptionState, printSubscriptionState } from "./subscription_state.ts";

testHeader({
  header: "Subscription-State",
  parse: parseSubscriptionState,
  print: printSubscriptionState,
  reads: [
    ["an active subscription", "active;expires=600", { state: "active", expiresSec: 600, params: new Map() }],
    ["an ended one", "Terminated;reason=NoResource;retry-after=5;x", {
      state: "terminated",
      reason: "noresource",
      retryAfterSec: 5,
      params: new Map([["x", null]]),
    }, "terminated;reason=noresource;retry-after=5;x"],
  ],
  refuses: [["empty text", ""], ["parameters alone", ";expires=1"]],
});
