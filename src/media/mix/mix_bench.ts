/**
 * What rooms cost: µs per member and 20 ms beat, jitter buffer, decoding, mixing and encoding included. Run with
 * `deno bench -A src/media/mix/mix_bench.ts`; one iteration is one beat of the whole scene, so the limit for 60 % of a
 * core is 12 ms.
 */
import { writeRtpHeader } from "../rtp/mod.ts";
import { JitterBuffer } from "./jitter_buffer.ts";
import { pcmCodec } from "./pcm_codecs.ts";
import { RoomMix } from "./room_mix.ts";

const BEATS = 200;

interface Scene {
  readonly rooms: number;
  readonly members: number;
  /** How many of the members of each room talk; the others send a silent line. */
  readonly talking: number;
  readonly encoding: string;
}

/** A second of encoded sound, cut into packets, and its like without sound. */
function encode(encoding: string, amplitude: number): Uint8Array[] {
  const { rate, makeEncoder } = pcmCodec(encoding, 8000)!;
  const encoder = makeEncoder(), samples = rate / 50, pcm = new Int16Array(samples);
  return Array.from({ length: BEATS }, (_, beat) => {
    for (let i = 0; i < samples; i++) {
      const t = (beat * samples + i) / rate;
      pcm[i] = amplitude * (Math.sin(2 * Math.PI * 180 * t) + 0.5 * Math.sin(2 * Math.PI * 540 * t));
    }
    const payload = new Uint8Array(160);
    encoder.encode(pcm, payload);
    return payload;
  });
}

function scene({ rooms, members, talking, encoding }: Scene): () => void {
  const codec = pcmCodec(encoding, 8000)!;
  const loud = encode(encoding, 3000), quiet = encode(encoding, 4);
  const packet = { bytes: new Uint8Array(172), length: 172, arrivalMs: 0 };
  const mixes = Array.from({ length: rooms }, () => {
    const buffers = Array.from({ length: members }, () => new JitterBuffer(codec.makeDecoder()));
    const mix = new RoomMix({ onLevel() {} });
    buffers.forEach((buffer, id) => mix.add(id, { buffer, codec }));
    return { mix, buffers };
  });
  let beat = 0;
  const header = { marker: false, payloadType: 0, ssrc: 1, sequenceNumber: 0, timestamp: 0 };
  return () => {
    packet.arrivalMs = beat * 20;
    header.sequenceNumber = beat & 0xffff;
    header.timestamp = beat * 160 >>> 0;
    writeRtpHeader(packet.bytes, header);
    for (const { mix, buffers } of mixes) {
      for (let id = 0; id < members; id++) {
        packet.bytes.set((id < talking ? loud : quiet)[beat % BEATS]!, 12);
        buffers[id]!.put(packet);
      }
      mix.beat(beat * 20 + 5);
      for (let id = 0; id < members; id++) mix.frame(id);
    }
    beat++;
  };
}

const SCENES: Record<string, Scene> = {
  "one room of 100, PCMU, all talk": { rooms: 1, members: 100, talking: 100, encoding: "pcmu" },
  "one room of 100, PCMU, three talk": { rooms: 1, members: 100, talking: 3, encoding: "pcmu" },
  "30 rooms of 5, PCMU, all talk": { rooms: 30, members: 5, talking: 5, encoding: "pcmu" },
  "30 rooms of 5, PCMU, one talks": { rooms: 30, members: 5, talking: 1, encoding: "pcmu" },
  "one room of 100, G.722, all talk": { rooms: 1, members: 100, talking: 100, encoding: "g722" },
  "one room of 100, G.722, three talk": { rooms: 1, members: 100, talking: 3, encoding: "g722" },
};

for (const [name, settings] of Object.entries(SCENES)) {
  const beat = scene(settings);
  for (let i = 0; i < 500; i++) beat();
  Deno.bench(name, beat);
}
