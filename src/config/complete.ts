/** From the file as written to settings in which every default is filled in, also those that depend on others. */

import {
  readHepServer,
  readMediaAddress,
  readPortRange,
  readSipListener,
  readWebListener,
} from "./listeners.ts";
import type { RawSettings } from "./schema.ts";
import type { RawDomain } from "./schema_domain.ts";
import type {
  DomainSettings,
  ExtensionSettings,
  HuntGroupSettings,
  LineSettings,
  ListenSettings,
  Locale,
  MediaSettings,
  Settings,
  SrtpPolicy,
  TelemetrySettings,
} from "./types.ts";

/** Numbers that reach help wherever the phone stands (3GPP TS 22.101 §10.1; China: police, fire, ambulance, traffic). */
const EMERGENCY: Readonly<Record<Locale, readonly string[]>> = {
  en: ["112", "911"],
  zh: ["110", "119", "120", "122"],
};

/** What a domain takes from the server around it. */
export interface DomainDefaults {
  readonly locale: Locale;
  readonly timeZone: string;
  readonly srtp: SrtpPolicy;
  readonly maxDevices: number;
}

/** Defaults of a server that says nothing. */
export const DOMAIN_DEFAULTS: DomainDefaults = {
  locale: "en",
  timeZone: "UTC",
  srtp: "optional",
  maxDevices: 10,
};

/** What a domain of these settings takes from them. */
export function domainDefaultsOf(settings: Settings, timeZone: string): DomainDefaults {
  return {
    locale: settings.server.locale,
    timeZone,
    srtp: settings.security.srtp,
    maxDevices: settings.sip.registration.maxDevices,
  };
}

/** Fills in what the schema could not. Throws `TypeError` on text the schema would not have passed. */
export function completeSettings(raw: RawSettings, defaults: { locale: Locale; timeZone: string }): Settings {
  const locale = raw.server.locale ?? defaults.locale;
  const domainDefaults: DomainDefaults = {
    locale,
    timeZone: defaults.timeZone,
    srtp: raw.security.srtp,
    maxDevices: raw.sip.registration.maxDevices,
  };
  const { certificate } = raw.tls;
  return {
    server: { ...raw.server, locale },
    listen: completeListen(raw.listen),
    media: completeMedia(raw.media),
    tls: {
      ...raw.tls,
      certificate: certificate === "auto" || Array.isArray(certificate) ? certificate : [certificate],
    },
    security: raw.security,
    sip: raw.sip,
    codes: raw.codes,
    records: raw.records,
    telemetry: completeTelemetry(raw.telemetry),
    domains: raw.domains.map((domain) => completeDomain(domain, domainDefaults)),
  };
}

/** Fills in a domain, from the file or from the API. What it gives is valid input again and then changes no more. */
export function completeDomain(raw: RawDomain, defaults: DomainDefaults): DomainSettings {
  const locale = raw.locale ?? defaults.locale;
  return {
    ...raw,
    // DNS names compare without case (RFC 4343); one spelling everywhere spares every later comparison.
    name: raw.name.toLowerCase(),
    aliases: raw.aliases.map((alias) => alias.toLowerCase()),
    locale,
    timeZone: raw.timeZone ?? defaults.timeZone,
    emergency: raw.emergency ?? EMERGENCY[locale],
    extensions: raw.extensions.map((extension): ExtensionSettings => ({
      ...extension,
      maxDevices: extension.maxDevices ?? defaults.maxDevices,
    })),
    huntGroups: raw.huntGroups.map((group): HuntGroupSettings => ({
      ...group,
      members: group.members.map((member, index) =>
        typeof member === "string"
          ? { extension: member, order: index + 1 }
          : { extension: member.extension, order: member.order ?? index + 1 }
      ),
    })),
    lines: raw.lines.map((line): LineSettings => ({
      ...line,
      srtp: line.srtp ?? defaults.srtp,
      requestUriParameters: (line.requestUriParameters ?? (locale === "zh" ? "user=phone" : "")).replace(
        /^;/,
        "",
      ),
    })),
  };
}

function completeListen(raw: RawSettings["listen"]): ListenSettings {
  const web = readWebListener(raw.web);
  if (web === "bad") throw new TypeError(`Cannot read the web listener "${raw.web}"`);
  return {
    sip: raw.sip.map((text) => {
      const listener = readSipListener(text);
      if (!listener) throw new TypeError(`Cannot read the listener "${text}"`);
      return listener;
    }),
    ...(web && { web }),
  };
}

function completeTelemetry({ hep }: RawSettings["telemetry"]): TelemetrySettings {
  if (!hep) return {};
  const { to, secrets, ...rest } = hep;
  const server = readHepServer(to);
  if (!server) throw new TypeError(`Cannot read telemetry.hep "${to}"`);
  return { hep: { ...server, ...rest, isMasked: secrets === "masked" } };
}

function completeMedia(raw: RawSettings["media"]): MediaSettings {
  const ports = readPortRange(raw.ports);
  const address = readMediaAddress(raw.address);
  if (!ports || !address) {
    throw new TypeError(`Cannot read media.ports "${raw.ports}" or media.address "${raw.address}"`);
  }
  return { ...raw, ports, address };
}
