/** Entry of a media worker: joins the thread's core to real sockets and to the main thread's messages. */
/// <reference lib="deno.worker" />
import { openLibcNetwork, preferThisThread } from "../platform/datagram.ts";
import { openDenoNetwork } from "../platform/datagram_deno.ts";
import { MEDIA_FILES } from "../platform/media_files.ts";
import { openSweep } from "../platform/sweep.ts";
import { SystemRandom } from "../platform/system_random.ts";
import { type Command, MediaThread, type Notice } from "./thread/mod.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;
let waiting: Notice[] = [];
/** Notices of one turn cross together, as commands do. */
const notify = (notice: Notice) => {
  if (waiting.push(notice) > 1) return;
  queueMicrotask(() => {
    scope.postMessage(waiting);
    waiting = [];
  });
};

const sweep = openSweep();
const warn = (event: string) => notify({ kind: "log", level: "warn", event, fields: {} });

const thread = new MediaThread({
  notify,
  openNetwork: (sockets) => {
    preferThisThread();
    const network = sockets === "libc" ? openLibcNetwork({ warn }) : undefined;
    if (!network && sockets === "libc") {
      warn("Cannot call libc: media runs on Deno's sockets, without DSCP and at two thirds of the rate");
    }
    return network ?? openDenoNetwork();
  },
  random: new SystemRandom(),
  files: MEDIA_FILES,
  sweep: sweep && (() => sweep("thorough")),
  onFailure: (cause) => reportError(cause),
});

scope.onmessage = (event: MessageEvent<readonly Command[]>) => {
  for (const command of event.data) thread.handle(command);
};
