/** Messages made to cost more than their length: each grows with `size`, and reading it must grow no faster. */
import { encodeText } from "../../src/sip/message/mod.ts";

function message(fields: string, body = ""): string {
  return "INVITE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@example.com>;tag=1\r\n" +
    `To: <sip:b@example.com>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n${fields}\r\n${body}`;
}

/** `text` again and again, up to `size` characters. */
function fill(text: string, size: number): string {
  return text.repeat(Math.max(1, Math.floor(size / text.length)));
}

/** Many fields of legal length, so that the whole of `size` is read and not only the first line. */
function fields(name: string, unit: string, size: number): string {
  const line = `${name}: ${fill(unit, 4000)}\r\n`;
  return fill(line, size);
}

function numbered(prefix: string, size: number): string {
  let text = "";
  for (let i = 0; text.length < size; i++) text += `${prefix}${i}`;
  return text;
}

/** Name and bytes of each, about `size` bytes long. */
export function killers(size: number): readonly (readonly [name: string, bytes: Uint8Array])[] {
  const texts: readonly (readonly [string, string])[] = [
    ["a multitude of tiny headers", message(fill("a:\r\n", size))],
    ["a multitude of known headers", message(fill("v:x\r\n", size))],
    ["one line without end", "X".repeat(size)],
    ["one header without end", message(`X: ${fill("y", size)}\r\n`)],
    ["folding without end", message(`Subject: a${fill("\r\n ", size)}\r\n`)],
    ["white space without end", message(fields("Subject", " \t", size))],
    ["open quotes", message(fields("Contact", '"', size))],
    ["escapes in quotes", message(`Contact: "${fill('\\"', 8000)}" <sip:a@b>\r\n`)],
    ["backslashes", message(fields("Contact", "\\", size))],
    ["commas", message(fields("Route", ",", size))],
    ["routes", message(fields("Route", "<sip:a;lr>,", size))],
    ["open brackets", message(fields("Route", "<", size))],
    ["vias", message(fields("Via", "SIP/2.0/UDP h,", size))],
    ["flags", message(`Contact: <sip:a@b>${numbered(";p", 8000)}\r\n`)],
    ["semicolons", message(fields("Contact", ";", size))],
    ["percent signs", `INVITE sip:${fill("%41", size)}@b SIP/2.0\r\n\r\n`],
    ["user parts with colons", `INVITE sip:${fill("a:", size)}@b SIP/2.0\r\n\r\n`],
    ["URI parameters", `INVITE sip:b${numbered(";p", size)} SIP/2.0\r\n\r\n`],
    ["URI headers of one name", message(`Contact: <sip:a?${fill("h=1&", 8000)}h=1>\r\n`)],
    ["digits", message(`CSeq: ${fill("9", 8000)} INVITE\r\n`)],
    ["CRLFs", fill("\r\n", size)],
    ["CRs", fill("\r", size)],
    ["LFs", fill("\n", size)],
    ["CRs in a header", message(fields("X", "\r", size))],
    ["bytes that are no UTF-8", message(fields("X", "\udc80\udcc3", size))],
    ["a body of delimiters", message("Content-Type: multipart/mixed;boundary=b\r\n", fill("\r\n--b", size))],
    [
      "a body of parts",
      message("Content-Type: multipart/mixed;boundary=b\r\n", fill("\r\n--b\r\n\r\n", size) + "\r\n--b--"),
    ],
  ];
  return texts.map(([name, text]) => [name, encodeText(text).subarray(0, 65536)]);
}
