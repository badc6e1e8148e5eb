/** Modal dialogs and short messages. */
import { createContext, useCallback, useContext, useId, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { messageOf } from "../lib/messages.ts";
import { Button, IconButton } from "./basics.tsx";

/** Modal dialog; the browser traps the focus and closes it by Escape. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Closed before it leaves the page, so that the focus returns to what opened it.
  useLayoutEffect(() => {
    const element = dialog.current!;
    element.showModal();
    return () => element.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className="dialog">
        <div className="dialog-header">
          <h2 id={id}>{title}</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </div>
        {children}
      </div>
    </dialog>
  );
}

/** Dialog before something that cannot be undone. */
export function Confirm({ title, text, action, onConfirm, onClose }: {
  title: string; text: ReactNode; action: string; onConfirm: () => void; onClose: () => void;
}): ReactNode {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <div className="buttons">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="danger" onClick={onConfirm}>{action}</Button>
      </div>
    </Dialog>
  );
}

interface Toast {
  readonly text: string;
  readonly undo?: (() => void) | undefined;
}

interface Messages {
  /** Shows a message for a few seconds, with a way to undo. */
  say(text: string, undo?: () => void): void;
  /** Runs a task and shows its error. */
  run(task: () => Promise<unknown>): void;
}

const Context = createContext<Messages | undefined>(undefined);

export function useMessages(): Messages {
  return useContext(Context)!;
}

const SHOWN_MS = 6000;

export function MessageProvider({ children }: { children: ReactNode }): ReactNode {
  const [toast, setToast] = useState<Toast>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const say = useCallback((text: string, undo?: () => void) => {
    clearTimeout(timer.current);
    setToast({ text, undo });
    timer.current = setTimeout(() => setToast(undefined), SHOWN_MS);
  }, []);
  const run = useCallback((task: () => Promise<unknown>) => {
    task().catch((error: unknown) => say(messageOf(error)));
  }, [say]);
  const [messages] = useState<Messages>({ say, run });
  return (
    <Context.Provider value={messages}>
      {children}
      <div className="toasts" role="status">
        {toast && (
          <div className="toast">
            <span>{toast.text}</span>
            {toast.undo && (
              <button type="button" onClick={() => { toast.undo!(); setToast(undefined); }}>Undo</button>
            )}
          </div>
        )}
      </div>
    </Context.Provider>
  );
}
