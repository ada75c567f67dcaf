/** What the page does to the office. */

import { fail, ok, type Result } from "../base/mod.ts";
import type { OfficeCommands, RecordingShelf, Refusal, RoomAction, SoundShelf } from "../http/mod.ts";
import type { Guard } from "../guard/mod.ts";
import { NARROWBAND_FORMATS, serverWishes } from "../pbx/call/mod.ts";
import type { Directory } from "../pbx/directory/mod.ts";
import type { EventSink } from "../pbx/ports.ts";
import { checkPair } from "../platform/certificate_files.ts";
import type { PreparedBackup } from "./backup_files.ts";
import { isDestination } from "./code_desk.ts";
import type { SignallingNetwork } from "./network.ts";
import type { Parts } from "./parts.ts";
import { dropUploaded, putUploaded } from "./uploaded_certificate.ts";

export interface PageCommandsOptions {
  readonly parts: Parts;
  readonly directory: Directory;
  readonly guard: Guard;
  readonly network: SignallingNetwork;
  readonly events: EventSink;
  readonly data: string;
  readonly sounds: SoundShelf;
  readonly nowMs: () => number;
  readonly prepareBackup: (passphrase: string) => Promise<Result<PreparedBackup, string>>;
  /** True when the file names certificates, which then are changed there. */
  readonly isCertificateFromFile: () => boolean;
}

export class PageCommands implements OfficeCommands {
  readonly #options: PageCommandsOptions;

  constructor(options: PageCommandsOptions) {
    this.#options = options;
  }

  get sounds(): SoundShelf {
    return this.#options.sounds;
  }

  get recordings(): RecordingShelf {
    return this.#options.parts.recordings;
  }

  hangUp(id: string): boolean {
    const call = this.#options.parts.engine.find(id);
    call?.hangUp("hung up on the page");
    return call !== undefined;
  }

  originate({ domain, from, to }: { domain: string; from: string; to: string }): Result<void, string> {
    const { directory, parts } = this.#options;
    const settings = directory.domain(domain), extension = directory.extension(domain, from);
    if (!settings || !extension) return fail(`There is no extension ${from} in ${domain}`);
    if (parts.bindings.of(settings.name, from).length === 0) {
      return fail(`No device of ${from} is registered`);
    }
    const ringing = parts.engine.callOut({
      domain: settings.name,
      to: from,
      // The display shows whom the call is for.
      caller: { domain: settings.name, number: to, name: "", isPrivate: false },
      wanted: serverWishes(NARROWBAND_FORMATS),
      answered: (call) => parts.engine.dialer.dial(call, to, { domain: settings, extension }),
    });
    return ringing ? ok(undefined) : fail(`${from} cannot be rung now`);
  }

  room(domain: string, room: string, action: RoomAction): boolean {
    return this.#options.parts.rooms.command(domain, room, action);
  }

  setFeatures(
    domain: string,
    extension: string,
    change: { readonly doNotDisturb: boolean },
  ): boolean {
    return this.#options.parts.features.setDoNotDisturb(domain, extension, change.doNotDisturb);
  }

  setForward(
    domain: string,
    number: string,
    change: Parameters<OfficeCommands["setForward"]>[2],
  ): Result<void, string> | undefined {
    const { directory, parts } = this.#options;
    const settings = directory.domain(domain), extension = directory.extension(domain, number);
    if (!settings || !extension) return undefined;
    const { to } = change;
    if (to === number) return fail(`Cannot forward ${number}: it would be to itself`);
    // The rights of the extension hold here too: nobody reaches by forward what he may not dial.
    if (to !== undefined && !isDestination(parts.router.route(to, { domain: settings, extension }))) {
      return fail(`Cannot forward to "${to}": ${number} may not call it, or it leads nowhere`);
    }
    parts.features.setForward(settings.name, number, change);
    return ok(undefined);
  }

  unregister(domain: string, extension: string, contact: string): boolean {
    const { parts, events } = this.#options;
    const binding = parts.bindings.of(domain, extension).find((one) => one.contact === contact);
    if (!binding) return false;
    parts.bindings.remove(binding);
    events.emit({
      kind: "unregistered",
      domain: binding.domain,
      extension,
      contact,
      reason: "removed on the page",
    });
    return true;
  }

  ban(address: string, forSeconds: number): boolean {
    return this.#options.guard.ban(address, { reason: "by hand", forSeconds });
  }

  unban(address: string): boolean {
    return this.#options.guard.unban(address);
  }

  async backup(passphrase: string): Promise<Result<ReadableStream<Uint8Array>, string>> {
    const prepared = await this.#options.prepareBackup(passphrase);
    return prepared.ok ? ok(streamOf(prepared.value)) : prepared;
  }

  async installCertificate(pem: { certificate: string; key: string }): Promise<Result<void, Refusal>> {
    if (this.#options.isCertificateFromFile()) return fail(IN_FILE);
    const checked = checkPair(pem, this.#options.nowMs());
    if (!checked.ok) return checked;
    const put = putUploaded(this.#options.data, pem);
    if (!put.ok) return fail({ reason: "not-stored", message: put.error, values: { detail: put.error } });
    await this.#options.network.certificates.reload();
    return ok(undefined);
  }

  async removeCertificate(): Promise<Result<void, Refusal>> {
    if (this.#options.isCertificateFromFile()) return fail(IN_FILE);
    dropUploaded(this.#options.data);
    await this.#options.network.certificates.reload();
    return ok(undefined);
  }
}

/** What was laid aside for a backup goes away with its last byte, or when the reader leaves. */
function streamOf({ bytes, end }: PreparedBackup): ReadableStream<Uint8Array> {
  const pieces = bytes[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await pieces.next();
        if (!done) return controller.enqueue(value);
        end();
        controller.close();
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    async cancel() {
      await pieces.return?.();
      end();
    },
  });
}

const IN_FILE: Refusal = {
  reason: "in-file",
  message: "The certificate stands in the configuration file and is changed there",
};
