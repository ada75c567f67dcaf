/** Reads capture files with tshark, as whoever downloads one from the page would. */

const DECODER = new TextDecoder();

export async function hasTshark(): Promise<boolean> {
  return await new Deno.Command("tshark", { args: ["--version"], stdin: "null" }).output().then(
    ({ success }) => success,
    () => false,
  );
}

export interface CapturedMessage {
  /** `INVITE`, or `200 INVITE`. */
  readonly name: string;
  readonly callId: string;
}

/** The SIP messages of a capture, in order; packets in which tshark finds a fault make it throw. */
export async function readCapture(path: string): Promise<CapturedMessage[]> {
  const fields = ["sip.Method", "sip.Status-Code", "sip.CSeq.method", "sip.Call-ID", "_ws.malformed"];
  const { success, stdout, stderr } = await new Deno.Command("tshark", {
    args: [
      "-r",
      path,
      "-Y",
      "sip",
      "-T",
      "fields",
      "-E",
      "separator=|",
      ...fields.flatMap((name) => ["-e", name]),
    ],
    stdin: "null",
  }).output();
  if (!success) throw new Error(`Cannot read "${path}": ${DECODER.decode(stderr)}`);
  return DECODER.decode(stdout).trim().split("\n").filter((line) => line !== "").map((line) => {
    const [method = "", status = "", of = "", callId = "", malformed = ""] = line.split("|");
    if (malformed !== "") throw new Error(`A packet of "${path}" is malformed: ${line}`);
    return { name: status === "" ? method : `${status} ${of}`, callId };
  });
}
