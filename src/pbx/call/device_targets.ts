/** From an extension to the devices that shall ring: requests over the paths on which they registered. Pure. */

import type { ExtensionSettings, SrtpPolicy } from "../../config/mod.ts";
import type { Binding } from "../registrar/mod.ts";
import type { Destination, ExtraHeaders, Flow } from "../../sip/mod.ts";
import type { NameAddr } from "../../sip/message/mod.ts";
import { sipUri } from "./identity.ts";
import type { RingTarget } from "./ring_target.ts";

export interface DeviceRinging {
  readonly domain: string;
  readonly extension: ExtensionSettings;
  readonly policy: SrtpPolicy;
  readonly from: NameAddr;
  readonly headers: ExtraHeaders;
  readonly contactUser: string;
}

/** The targets among `bindings`; a device whose path is gone and cannot be opened again by us is left out. */
export function deviceTargets(bindings: readonly Binding[], ringing: DeviceRinging): RingTarget[] {
  const { domain, extension, policy, from, headers, contactUser } = ringing;
  const targets: RingTarget[] = [];
  for (const binding of bindings) {
    const destination = destinationOf(binding);
    if (!destination || !binding.isReachable) continue;
    targets.push({
      party: {
        domain,
        number: extension.number,
        name: extension.name,
        extension: extension.number,
        device: binding,
      },
      device: `${domain}/${extension.number}/${nameOf(binding)}`,
      requestUri: binding.uri,
      from,
      to: { uri: sipUri(extension.number, domain), params: new Map() },
      route: { kind: "destinations", destinations: [destination] },
      routeSet: binding.route,
      headers,
      policy,
      isSecurePath: binding.transport === "tls",
      dtmf: extension.dtmf,
      contactUser,
    });
  }
  return targets;
}

function nameOf(binding: Binding): string {
  return binding.instance ?? binding.userAgent ?? binding.remoteHost;
}

/** The device among `bindings` that calls over `flow`, by the name under which it is rung; else what it says of itself. */
export function callingDevice(
  bindings: readonly Binding[],
  caller: { domain: string; number: string; flow: Flow; userAgent: string | undefined },
): string {
  const { domain, number, flow, userAgent } = caller;
  const binding = bindings.find((one) => one.flow?.id === flow.id);
  return `${domain}/${number}/${binding ? nameOf(binding) : userAgent ?? flow.remote.host}`;
}

/** A phone without a certificate is reached only over the connection it made; TCP may be dialled anew. */
function destinationOf(binding: Binding): Destination | undefined {
  const { flow, transport, uri } = binding;
  if (flow?.isOpen) return { kind: "flow", flow, named: uri };
  if (transport !== "tcp") return undefined;
  return { kind: "target", target: { transport, address: { host: uri.host, port: uri.port ?? 5060 } } };
}
