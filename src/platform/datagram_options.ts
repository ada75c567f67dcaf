/** The options of a media socket on libc: addresses of one family, mark, receive buffer; what is not granted is told. */
import * as libc from "./libc.ts";

/** Asked of the kernel, which doubles it: about 300 voice packets, six seconds of one stream. */
const RECEIVE_BUFFER_BYTES = 131_072;

export class SocketOptions {
  readonly #libc: libc.LibcHandle;
  readonly #warn: (event: string) => void;
  readonly #warned = new Set<string>();

  constructor(handle: libc.LibcHandle, warn: (event: string) => void) {
    this.#libc = handle;
    this.#warn = warn;
  }

  /** A call goes on without any of these; but whoever wonders why voice stutters must find it in the log. */
  set(descriptor: number, { isIpv6, dscp }: { readonly isIpv6: boolean; readonly dscp: number }): void {
    const set = (level: number, name: number, value: number) =>
      this.#libc.calls.setsockopt(descriptor, level, name, libc.int32(value), 4) === 0;
    set(libc.SOL_SOCKET, libc.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
    const granted = this.#receiveBuffer(descriptor);
    if (granted < RECEIVE_BUFFER_BYTES) {
      this.#warnOnce(
        `Cannot have receive buffers of ${RECEIVE_BUFFER_BYTES} bytes for media: got ${granted}, ` +
          "want a larger net.core.rmem_max",
      );
    }
    if (isIpv6) set(libc.IPPROTO_IPV6, libc.IPV6_V6ONLY, 1);
    const isMarked = isIpv6
      ? set(libc.IPPROTO_IPV6, libc.IPV6_TCLASS, dscp << 2)
      : set(libc.IPPROTO_IP, libc.IP_TOS, dscp << 2);
    if (!isMarked) {
      this.#warnOnce(`Cannot mark media with DSCP ${dscp}: error ${this.#libc.errno()} of the system`);
    }
  }

  /** As asked for; the kernel reports twice that (socket(7)). */
  #receiveBuffer(descriptor: number): number {
    const value = libc.int32(0);
    this.#libc.calls.getsockopt(descriptor, libc.SOL_SOCKET, libc.SO_RCVBUF, value, libc.int32(value.length));
    return new DataView(value.buffer).getInt32(0, true) / 2;
  }

  #warnOnce(event: string): void {
    if (this.#warned.has(event)) return;
    this.#warned.add(event);
    this.#warn(event);
  }
}
