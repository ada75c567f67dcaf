/** Where the page begins: who is there, then the frame with its views. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { render } from "preact";
import { useEffect } from "preact/hooks";
import { loadSession, session } from "./api.ts";
import { Frame } from "./frame.tsx";
import { connect, disconnect } from "./live.ts";
import { Loading } from "./parts/basics.tsx";
import { startRouter, useRoute } from "./router.ts";
import { useStore } from "./store.ts";
import { language, suggestLanguage } from "./texts/language.ts";
import { applyTheme } from "./theme.ts";
import { Login, Setup } from "./views/door.tsx";

function Page() {
  const present = useStore(session);
  const { parts } = useRoute();
  const spoken = useStore(language);
  const isIn = present?.account !== undefined;
  useEffect(() => {
    if (isIn) connect();
    else disconnect();
  }, [isIn]);
  if (!present) return <Loading />;
  if (parts[0] === "setup") return <Setup key={spoken} />;
  return isIn ? <Frame key={spoken} /> : <Login key={spoken} />;
}

applyTheme();
startRouter();
loadSession().then(({ locale }) => suggestLanguage(locale)).catch(() =>
  setTimeout(() => location.reload(), 3000)
);
render(<Page />, document.getElementById("page")!);
