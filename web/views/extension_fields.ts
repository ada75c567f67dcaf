/** What can be set of an extension: what people change first, the rest folded away. */

import type { Field } from "../parts/form.tsx";
import { t } from "../texts/language.ts";

/** What may be asked of the encryption of voice, of an extension or a line; empty: what the server says. */
export function srtpPolicies(): NonNullable<Field["options"]> {
  return [
    ["", t("srtp.default")],
    ["off", t("srtp.off")],
    ["optional", t("srtp.optional")],
    ["required", t("srtp.required")],
  ];
}

/** The settings of an extension that people change. */
export function extensionFields(levels: readonly string[]): readonly Field[] {
  return [
    { name: "name", kind: "text", label: "extension.name" },
    {
      name: "srtp",
      kind: "select",
      label: "extension.srtp",
      hint: "extension.srtpHint",
      options: srtpPolicies(),
      optional: true,
    },
    {
      name: "level",
      kind: "select",
      label: "extension.level",
      hint: "extension.levelHint",
      options: levels.map((level) => [level, level]),
    },
    { name: "doNotDisturb", kind: "switch", label: "extension.dnd" },
    { name: "enabled", kind: "switch", label: "extension.enabled", advanced: true },
    { name: "forward.always.to", kind: "text", label: "forward.always", optional: true, advanced: true },
    { name: "forward.busy.to", kind: "text", label: "forward.busy", optional: true, advanced: true },
    { name: "forward.noAnswer.to", kind: "text", label: "forward.noAnswer", optional: true, advanced: true },
    {
      name: "forward.unreachable.to",
      kind: "text",
      label: "forward.unreachable",
      optional: true,
      advanced: true,
    },
    { name: "mayForward", kind: "switch", label: "extension.mayForward", advanced: true },
    { name: "callWaiting", kind: "switch", label: "extension.callWaiting", advanced: true },
    { name: "maxCalls", kind: "number", label: "extension.maxCalls", min: 1, max: 100, advanced: true },
    {
      name: "maxDevices",
      kind: "number",
      label: "extension.maxDevices",
      min: 1,
      max: 100,
      optional: true,
      advanced: true,
    },
    {
      name: "ringSeconds",
      kind: "number",
      label: "extension.ringSeconds",
      min: 1,
      max: 600,
      optional: true,
      advanced: true,
    },
    { name: "outsideNumber", kind: "text", label: "extension.outsideNumber", optional: true, advanced: true },
    { name: "rejectAnonymous", kind: "switch", label: "extension.rejectAnonymous", advanced: true },
    {
      name: "dtmf",
      kind: "select",
      label: "extension.dtmf",
      options: [
        ["auto", t("dtmf.auto")],
        ["rfc4733", "RFC 4733"],
        ["info", "SIP INFO"],
        ["inband", t("dtmf.inband")],
      ],
      advanced: true,
    },
    {
      name: "locale",
      kind: "select",
      label: "extension.locale",
      options: [["", t("srtp.default")], ["en", "English"], ["zh", "中文"]],
      optional: true,
      advanced: true,
    },
  ];
}
