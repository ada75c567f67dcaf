/** The page, as far as it goes: that the server runs, and where to ask it more. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { render } from "preact";
import { useState } from "preact/hooks";

const TEXTS = {
  en: {
    running: "The server is running.",
    ask: "What it knows is told by the shell and by the API:",
    status: "registrations, lines, groups, rooms, certificates",
    calls: "calls now and past",
    api: "description of the API",
    setUp: "Choose the administrator's password (at least 12 characters)",
    save: "Save",
    saved: "The password is set. API tokens are made with it: POST /api/v1/session, then /api/v1/tokens.",
    refused: "It was not taken: ",
  },
  zh: {
    running: "服务器正在运行。",
    ask: "可通过命令行和 API 查询其状态：",
    status: "注册、线路、组、会议室、证书",
    calls: "当前和历史通话",
    api: "API 说明",
    setUp: "设置管理员密码（至少 12 个字符）",
    save: "保存",
    saved: "密码已设置。可用它创建 API 令牌：先 POST /api/v1/session，再 /api/v1/tokens。",
    refused: "未被接受：",
  },
} as const;

const language = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
document.documentElement.lang = language;
const texts = TEXTS[language];

/** The one-time link of the log ends in `#TOKEN`, which browsers keep from every server's log. */
function SetUp() {
  const [message, setMessage] = useState("");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const password = new FormData(event.currentTarget as HTMLFormElement).get("password");
    const answer = await fetch("/api/v1/setup", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: location.hash.slice(1), password }),
    });
    const { detail, title } = answer.ok ? {} as Record<string, string> : await answer.json();
    setMessage(answer.ok ? texts.saved : texts.refused + (detail ?? title));
  };
  return (
    <form onSubmit={submit}>
      <label>
        {texts.setUp}
        <input type="password" name="password" autocomplete="new-password" minlength={12} required />
      </label>
      <button type="submit">{texts.save}</button>
      <p role="status">{message}</p>
    </form>
  );
}

render(
  <main>
    <h1>sipedge</h1>
    <p>{texts.running}</p>
    {location.pathname === "/setup" && <SetUp />}
    <p>{texts.ask}</p>
    <ul>
      <li>
        <code>sipedge status</code> – {texts.status}
      </li>
      <li>
        <code>sipedge calls</code> – {texts.calls}
      </li>
      <li>
        <a href="/api/v1/openapi.json">/api/v1/openapi.json</a> – {texts.api}
      </li>
    </ul>
  </main>,
  document.getElementById("page")!,
);
