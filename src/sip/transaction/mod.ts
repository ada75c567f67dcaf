/** Transactions: the four machines of RFC 3261 §17 and the table that runs them. */
export { ClientTransaction, type ClientUser, copyRoutes } from "./client_transaction.ts";
export { DEFAULT_TIMING, type Timing } from "./machine.ts";
export { ServerTransaction, type ServerUser } from "./server_transaction.ts";
export { type Arrival, type Sender, type TableOptions, type TableUser, TransactionTable } from "./table.ts";
export { type TimerTarget, TimerWheel } from "./timer_wheel.ts";
