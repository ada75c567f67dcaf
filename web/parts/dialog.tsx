/** Dialogs over the page, by the browser's own element: it keeps the focus and closes on Escape. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ApiProblem } from "../api.ts";
import { t } from "../texts/language.ts";
import { Button, Trouble } from "./basics.tsx";

/** A sheet over the page, with a title; the focus goes back to what opened it. */
export function Dialog({ title, onClose, wide, children }: {
  readonly title: string;
  readonly onClose: () => void;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current!;
    const opener = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={wide ? "wide" : ""}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === element.current && onClose()}
    >
      <div class="sheet">
        <header>
          <h2 id={id}>{title}</h2>
          <Button icon="close" kind="ghost" small label={t("common.close")} onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** Work with the server that may go wrong: what it says, and whether it is under way. */
export function useWork(): {
  readonly isBusy: boolean;
  readonly problem: ApiProblem | undefined;
  readonly run: (work: () => Promise<unknown>) => Promise<boolean>;
} {
  const [state, setState] = useState<{ isBusy: boolean; problem?: ApiProblem }>({ isBusy: false });
  const run = async (work: () => Promise<unknown>) => {
    setState({ isBusy: true });
    try {
      await work();
      setState({ isBusy: false });
      return true;
    } catch (error) {
      const problem = error instanceof ApiProblem ? { problem: error } : {};
      setState({ isBusy: false, ...problem });
      if (!(error instanceof ApiProblem)) throw error;
      return false;
    }
  };
  return { isBusy: state.isBusy, problem: state.problem, run };
}

/** Asks before something is done that cannot be undone. */
export function Confirm({ title, text, action, onConfirm, onClose }: {
  readonly title: string;
  readonly text: ComponentChildren;
  readonly action: string;
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}) {
  const work = useWork();
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="body">
        <p>{text}</p>
        <Trouble problem={work.problem} />
      </div>
      <footer>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button
          kind="danger"
          disabled={work.isBusy}
          onClick={() => void work.run(onConfirm).then((done) => done && onClose())}
        >
          {action}
        </Button>
      </footer>
    </Dialog>
  );
}
