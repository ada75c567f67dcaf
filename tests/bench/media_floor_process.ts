/** The floor of the media bench: libc's receive and send in a raw loop, with nothing between them but a table. */
import { SocketAddress } from "../../src/media/mod.ts";
import * as libc from "../../src/platform/libc.ts";
import type { RelayPorts, RelayRequest } from "./media_relay_process.ts";
import { TextLineStream } from "./text_lines.ts";

const EVENTS = 256;
const handle = libc.openLibc();
if (!handle) throw new Error("Cannot measure the floor: libc cannot be opened");
const { calls } = handle;
const SIZES = libc.sizeTable(2048);

function bind(): { descriptor: number; port: number } {
  const descriptor = calls.socket(libc.AF_INET, libc.SOCK_DGRAM | libc.SOCK_NONBLOCK, 0);
  const address = SocketAddress.parse("127.0.0.1", 0)!;
  calls.bind(descriptor, address.bytes, 16);
  calls.getsockname(descriptor, address.bytes, new Uint8Array(new Uint32Array([28]).buffer));
  return { descriptor, port: address.port };
}

/** The request that is relayed now: a new one ends the loop of the one before. */
let current: RelayRequest | undefined;

async function relay(request: RelayRequest): Promise<void> {
  current = request;
  const ins = request.from.map(bind), outs = request.to.map(bind);
  const targets = request.to.map((port) => SocketAddress.parse("127.0.0.1", port)!.bytes);
  const epoll = calls.epoll_create1(0);
  for (const [stream, { descriptor }] of ins.entries()) {
    calls.epoll_ctl(epoll, libc.EPOLL_CTL_ADD, descriptor, libc.epollEvent(stream));
  }
  const portOf = (socket: { port: number }) => socket.port;
  console.log(JSON.stringify({ ports: ins.map(portOf), backPorts: outs.map(portOf) } satisfies RelayPorts));
  const events = new Uint8Array(EVENTS * libc.EPOLL_EVENT_BYTES), view = new DataView(events.buffer);
  const packet = new Uint8Array(2048), source = new Uint8Array(28);
  const sourceLength = new Uint8Array(new Uint32Array([28]).buffer);
  while (current === request) {
    const count = await calls.epoll_wait_async(epoll, events, EVENTS, 100);
    for (let i = 0; i < count; i++) {
      const stream = view.getUint32(i * libc.EPOLL_EVENT_BYTES + libc.EPOLL_DATA_OFFSET, true);
      for (;;) {
        const length = calls.recvfrom(
          ins[stream]!.descriptor,
          packet,
          SIZES[2048]!,
          libc.MSG_DONTWAIT,
          source,
          sourceLength,
        );
        if (length < 0) break;
        calls.sendto(
          outs[stream]!.descriptor,
          packet,
          SIZES[length]!,
          libc.MSG_DONTWAIT,
          targets[stream]!,
          16,
        );
      }
    }
  }
  for (const { descriptor } of [...ins, ...outs]) calls.close(descriptor);
  calls.close(epoll);
}

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
for await (const line of lines) {
  // Not awaited: it goes on until the next request.
  void relay(JSON.parse(line) as RelayRequest);
}
