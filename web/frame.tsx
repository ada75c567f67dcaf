/** The frame around every view: where one can go, whose page it is, how it looks. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useEffect, useState } from "preact/hooks";
import { ask, session } from "./api.ts";
import { DomainChoice, domains, loadDomains } from "./domains.tsx";
import { isLive } from "./live.ts";
import { Button, Head, Notice, Trouble } from "./parts/basics.tsx";
import { useWork } from "./parts/dialog.tsx";
import { Icon, type IconName, Logo } from "./parts/icon.tsx";
import { useRoute } from "./router.ts";
import { useStore } from "./store.ts";
import { chooseLanguage, language, t, type TextKey } from "./texts/language.ts";
import { chooseTheme, theme } from "./theme.ts";
import { Calls } from "./views/calls.tsx";
import { CallDetail } from "./views/call_detail.tsx";
import { Certificates } from "./views/certificates.tsx";
import { ExtensionDetailView } from "./views/extension_detail.tsx";
import { Extensions } from "./views/extensions.tsx";
import { Groups } from "./views/groups.tsx";
import { Lines } from "./views/lines.tsx";
import { Logs } from "./views/logs.tsx";
import { OverviewView } from "./views/overview.tsx";
import { Rooms } from "./views/rooms.tsx";
import { Routing } from "./views/routing.tsx";
import { Security } from "./views/security.tsx";
import { Settings } from "./views/settings.tsx";

interface Place {
  readonly path: string;
  readonly icon: IconName;
  readonly text: TextKey;
  /** On the bar at the bottom of a telephone's screen. */
  readonly isNear?: boolean;
}

const PLACES: readonly (readonly Place[])[] = [
  [
    { path: "", icon: "overview", text: "nav.overview", isNear: true },
    { path: "calls", icon: "phone", text: "nav.calls", isNear: true },
    { path: "extensions", icon: "people", text: "nav.extensions", isNear: true },
    { path: "groups", icon: "group", text: "nav.groups", isNear: true },
    { path: "rooms", icon: "room", text: "nav.rooms" },
    { path: "lines", icon: "line", text: "nav.lines" },
    { path: "routing", icon: "route", text: "nav.routing" },
  ],
  [
    { path: "security", icon: "shield", text: "nav.security" },
    { path: "certificates", icon: "certificate", text: "nav.certificates" },
    { path: "settings", icon: "settings", text: "nav.settings" },
    { path: "logs", icon: "log", text: "nav.logs" },
  ],
];

/** The page of whoever is signed in: the view of the address, and the ways to the others. */
export function Frame() {
  const [isOpen, setOpen] = useState(false);
  const { parts } = useRoute();
  const live = useStore(isLive);
  const known = useStore(domains);
  const opening = useWork();
  useEffect(() => void opening.run(loadDomains), []);
  useEffect(() => setOpen(false), [parts.join("/")]);
  const here = parts[0] ?? "";
  return (
    <div class="frame">
      <a class="skip" href="#main">{t("nav.skip")}</a>
      <div class={`side${isOpen ? " open" : ""}`}>
        <a class="brand" href="/">
          <Logo />
          <span>sipedge</span>
        </a>
        <DomainChoice />
        <nav aria-label={t("nav.main")}>
          {PLACES.map((places, index) => (
            <ul key={index}>
              {places.map((place) => (
                <li key={place.path}>
                  <PlaceLink place={place} here={here} />
                </li>
              ))}
            </ul>
          ))}
        </nav>
        <Corner />
      </div>
      {isOpen && <div class="veil" onClick={() => setOpen(false)} />}
      <main id="main" tabIndex={-1}>
        {!live && <Notice tone="warn">{t("live.lost")}</Notice>}
        <Trouble problem={opening.problem} />
        {known && <View parts={parts} />}
      </main>
      <nav class="bottom" aria-label={t("nav.near")}>
        {PLACES.flat().filter(({ isNear }) => isNear).map((place) => (
          <PlaceLink key={place.path} place={place} here={here} />
        ))}
        <button type="button" class="entry" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon name="menu" />
          <span>{t("nav.more")}</span>
        </button>
      </nav>
    </div>
  );
}

function PlaceLink({ place, here }: { readonly place: Place; readonly here: string }) {
  const { path, icon, text } = place;
  return (
    <a class="entry" href={`/${path}`} {...(path === here && { "aria-current": "page" as const })}>
      <Icon name={icon} />
      <span>{t(text)}</span>
    </a>
  );
}

/** Language, look, and the way out. */
function Corner() {
  const present = useStore(session);
  const look = useStore(theme);
  const spoken = useStore(language);
  const isDark = look === "dark" || (look === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  const leave = async () => {
    await ask("/session", { method: "DELETE" }).catch(() => undefined);
    location.assign("/");
  };
  return (
    <div class="corner">
      <div class="who">
        <Icon name="people" size={16} />
        {present?.account}
      </div>
      <Button
        kind="ghost"
        small
        icon="globe"
        label={spoken === "en" ? "切换到中文" : "Switch to English"}
        onClick={() => chooseLanguage(spoken === "en" ? "zh" : "en")}
      />
      <Button
        kind="ghost"
        small
        icon={isDark ? "sun" : "moon"}
        label={t(isDark ? "look.light" : "look.dark")}
        onClick={() => chooseTheme(isDark ? "light" : "dark")}
      />
      <Button kind="ghost" small icon="signOut" label={t("door.signOut")} onClick={() => void leave()} />
    </div>
  );
}

function View({ parts }: { readonly parts: readonly string[] }) {
  const [place = "", first, second] = parts;
  switch (place) {
    case "":
      return <OverviewView />;
    case "calls":
      return first === undefined || first === "past"
        ? <Calls isPast={first === "past"} />
        : <CallDetail id={first} />;
    case "extensions":
      return first !== undefined && second !== undefined
        ? <ExtensionDetailView key={`${first}/${second}`} domain={first} number={second} />
        : <Extensions />;
    case "groups":
      return <Groups />;
    case "rooms":
      return <Rooms />;
    case "lines":
      return <Lines />;
    case "routing":
      return <Routing tab={first ?? "rules"} />;
    case "security":
      return <Security tab={first ?? "bans"} />;
    case "certificates":
      return <Certificates />;
    case "settings":
      return <Settings />;
    case "logs":
      return <Logs />;
    default:
      return (
        <>
          <Head title={t("nav.nothing")} lead={t("nav.nothingHint")} />
          <a class="button plain" href="/">{t("nav.overview")}</a>
        </>
      );
  }
}
