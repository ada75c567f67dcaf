/** What can be set of a line: what each needs first, the rest folded away. */

import type { Field } from "../parts/form.tsx";
import { t } from "../texts/language.ts";
import type { LineItem } from "../types.ts";
import { srtpPolicies } from "./extension_fields.ts";

/** The settings of a line that people change; `item` is the present one, if there is one. */
export function lineFields(item: LineItem | undefined): readonly Field[] {
  return [
    { name: "name", kind: "text", label: "line.name", required: true, disabled: item !== undefined },
    {
      name: "kind",
      kind: "select",
      label: "line.kind",
      options: [["register", t("line.kind.register")], ["peer", t("line.kind.peer")]],
    },
    {
      name: "server",
      kind: "text",
      label: "line.server",
      placeholder: "sip:sip.carrier.example;transport=tls",
      required: true,
    },
    { name: "username", kind: "text", label: "line.username", optional: true },
    {
      name: "password",
      kind: "secret",
      label: "line.password",
      hint: item?.hasPassword ? "line.passwordKept" : "line.passwordHint",
      optional: true,
    },
    { name: "incoming", kind: "lines", label: "line.incoming", hint: "line.incomingHint" },
    { name: "outgoing.callerNumber", kind: "text", label: "line.callerNumber", optional: true },
    { name: "srtp", kind: "select", label: "extension.srtp", options: srtpPolicies(), optional: true },
    { name: "addresses", kind: "words", label: "line.addresses", hint: "line.addressesHint" },
    ...trafficFields(),
    ...protocolFields(),
  ];
}

/** How much, how long and when; most lines never need it. */
function trafficFields(): readonly Field[] {
  return [
    {
      name: "outgoing.maxCalls",
      kind: "number",
      label: "line.outgoingMax",
      min: 0,
      optional: true,
      advanced: true,
    },
    {
      name: "incomingMaxCalls",
      kind: "number",
      label: "line.incomingMax",
      min: 0,
      optional: true,
      advanced: true,
    },
    {
      name: "outgoing.noAnswerSeconds",
      kind: "number",
      label: "line.noAnswer",
      min: 0,
      max: 600,
      optional: true,
      advanced: true,
    },
    { name: "outgoing.schedule", kind: "text", label: "rule.schedule", optional: true, advanced: true },
  ];
}

/** How this carrier wants it, where it differs from others. */
function protocolFields(): readonly Field[] {
  return [
    {
      name: "requestUriParameters",
      kind: "text",
      label: "line.parameters",
      placeholder: "user=phone",
      optional: true,
      advanced: true,
    },
    { name: "outboundProxy", kind: "text", label: "line.proxy", optional: true, advanced: true },
    { name: "authUsername", kind: "text", label: "line.authUsername", optional: true, advanced: true },
    {
      name: "identity",
      kind: "select",
      label: "line.identity",
      options: [["from", "From"], ["pai", "P-Asserted-Identity"], ["rpid", "Remote-Party-ID"]],
      advanced: true,
    },
    {
      name: "calledNumberIn",
      kind: "select",
      label: "line.calledIn",
      options: [["requestUri", "Request-URI"], ["to", "To"]],
      advanced: true,
    },
    { name: "useTelUri", kind: "switch", label: "line.telUri", advanced: true },
    {
      name: "reliable",
      kind: "select",
      label: "line.reliable",
      options: [
        ["off", t("srtp.off")],
        ["supported", t("line.reliable.supported")],
        ["required", t("line.reliable.required")],
      ],
      advanced: true,
    },
    {
      name: "registerSeconds",
      kind: "number",
      label: "line.registerSeconds",
      min: 60,
      max: 86_400,
      optional: true,
      advanced: true,
    },
    {
      name: "optionsSeconds",
      kind: "number",
      label: "line.optionsSeconds",
      min: 0,
      max: 3600,
      optional: true,
      advanced: true,
    },
    { name: "codecs", kind: "words", label: "line.codecs", placeholder: "g722, pcma", advanced: true },
  ];
}
