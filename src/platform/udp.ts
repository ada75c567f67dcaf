/** UDP for SIP by the best means of this machine. */

import type { DatagramNetwork } from "../sip/transport/mod.ts";
import { openLibcUdpNetwork } from "./udp_libc.ts";
import { UdpNetwork } from "./udp_socket.ts";

/** On libc; on Deno's own sockets where FFI is not permitted or the system is another. */
export function openUdpNetwork(): DatagramNetwork {
  return openLibcUdpNetwork() ?? new UdpNetwork();
}
