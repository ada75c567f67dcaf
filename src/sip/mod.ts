/** SIP as the business sees it: the endpoint, its words, and the messages. */
export { type EndpointHooks, type EndpointOptions, SipEndpoint } from "./endpoint.ts";
export type * from "./endpoint_types.ts";
export * from "./message/mod.ts";
export type * from "./transport/types.ts";
