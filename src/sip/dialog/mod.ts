/** Dialogs and INVITE sessions: RFC 3261 §12–§15 and what grew around it. */
export { ALLOW, type Reliability, supported, unsupportedTags } from "./capabilities.ts";
export { Dialog } from "./dialog.ts";
export { dismissAnswer } from "./extra_answer.ts";
export { addHeaders } from "./extra_headers.ts";
export { IncomingSession, type Invitation } from "./incoming_session.ts";
export { InviteSession } from "./invite_session.ts";
export { chooseHop } from "./next_hop.ts";
export { type OutgoingParts, OutgoingSession } from "./outgoing_session.ts";
export type {
  ContactParts,
  DialogOwner,
  SendHandle,
  SendPlan,
  SendUser,
  Sent,
  SessionHost,
} from "./ports.ts";
export { bodyRefusalOf, SDP_TYPE, sdpOf } from "./sdp_body.ts";
export { MIN_SESSION_SEC, parseSessionExpires } from "./session_timer.ts";
