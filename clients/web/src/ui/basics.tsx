/** Building blocks of all screens. */
import { useId, useState, type ComponentProps, type FormEvent, type ReactNode } from "react";
import { back } from "../lib/route.ts";
import { parseNumber, shown } from "../lib/numbers.ts";
import { messageOf } from "../lib/messages.ts";
import { Icon, type IconName } from "./icons.tsx";

interface PageProps {
  readonly title: string;
  /** Where the way back leads if the page was opened directly. */
  readonly backTo?: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, backTo, actions, children }: PageProps): ReactNode {
  return (
    <>
      <header className="page-header">
        {backTo !== undefined && <IconButton icon="left" label="Back" onClick={() => back(backTo)} />}
        <h1>{title}</h1>
        {actions}
      </header>
      {children}
    </>
  );
}

interface CardProps {
  readonly title?: ReactNode;
  readonly action?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Card({ title, action, className = "", children }: CardProps): ReactNode {
  return (
    <section className={`card ${className}`}>
      {title !== undefined && (
        <div className="card-header">
          <h2>{title}</h2>
          {action}
        </div>
      )}
      {children}
    </section>
  );
}

interface ButtonProps extends ComponentProps<"button"> {
  readonly icon?: IconName;
  readonly kind?: "primary" | "plain" | "danger" | "quiet";
}

export function Button({ icon, kind = "plain", children, ...rest }: ButtonProps): ReactNode {
  return (
    <button type="button" {...rest} className={`button ${kind} ${rest.className ?? ""}`}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

export function IconButton({ icon, label, ...rest }: ComponentProps<"button"> & { icon: IconName; label: string }): ReactNode {
  return (
    <button type="button" {...rest} className={`icon-button ${rest.className ?? ""}`} aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  );
}

/** A row that leads to another screen. */
export function LinkRow({ href, icon, title, detail, end }: {
  href: string; icon?: IconName; title: ReactNode; detail?: ReactNode; end?: ReactNode;
}): ReactNode {
  return (
    <a className="row" href={href}>
      {icon && <Icon name={icon} />}
      <span className="row-text">
        <span>{title}</span>
        {detail !== undefined && detail !== "" && <small>{detail}</small>}
      </span>
      {end}
      <Icon name="right" />
    </a>
  );
}

interface FieldProps extends ComponentProps<"input"> {
  readonly label: string;
  readonly hint?: string;
}

export function Field({ label, hint, ...rest }: FieldProps): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} aria-describedby={hint ? `${id}-hint` : undefined} {...rest} />
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

interface NumberFieldProps extends Omit<FieldProps, "value" | "onChange"> {
  readonly value: number | undefined;
  readonly decimals?: number;
  /** Called with each number; undefined for an empty text, NaN for anything else. */
  readonly onNumber: (value: number | undefined) => void;
}

/** Decimal input that takes a point or a comma. */
export function NumberField({ value, decimals = 2, onNumber, ...rest }: NumberFieldProps): ReactNode {
  const [text, setText] = useState(() => shown(value, decimals));
  const typed = parseNumber(text);
  const isSame = Object.is(typed, value) || (typed !== undefined && value !== undefined && shown(typed, decimals) === shown(value, decimals));
  const isInvalid = Number.isNaN(typed);
  return (
    <Field
      inputMode="decimal"
      autoComplete="off"
      {...rest}
      aria-invalid={isInvalid || undefined}
      value={isSame || isInvalid ? text : shown(value, decimals)}
      onFocus={(event) => event.target.select()}
      onChange={(event) => {
        setText(event.target.value);
        onNumber(parseNumber(event.target.value));
      }}
    />
  );
}

export function Select({ label, options, ...rest }: ComponentProps<"select"> & {
  label: string; options: readonly (readonly [value: string, text: string])[];
}): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} {...rest}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>{text}</option>
        ))}
      </select>
    </div>
  );
}

/** One choice of a few, as buttons in a row. */
export function Segments<T extends string>({ label, value, options, onChange }: {
  label: string; value: T; options: readonly (readonly [value: T, text: string])[]; onChange: (value: T) => void;
}): ReactNode {
  return (
    <div className="segments" role="group" aria-label={label}>
      {options.map(([option, text]) => (
        <button key={option} type="button" aria-pressed={option === value} onClick={() => onChange(option)}>
          {text}
        </button>
      ))}
    </div>
  );
}

export function Empty({ icon, children }: { icon: IconName; children: ReactNode }): ReactNode {
  return (
    <div className="empty">
      <Icon name={icon} />
      <p>{children}</p>
    </div>
  );
}

/** Instead of what only the server can do. */
export function SignInFirst({ icon, children }: { icon: IconName; children: ReactNode }): ReactNode {
  return (
    <div className="empty">
      <Icon name={icon} />
      <p>{children}</p>
      <a className="button primary" href="#/sign-in">Sign in</a>
    </div>
  );
}

/** Form whose work may fail: it shows the error in words, and is not sent twice. */
export function Form({ onSubmit, children, className = "" }: {
  onSubmit: (data: FormData) => Promise<unknown>; children: ReactNode; className?: string;
}): ReactNode {
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    if (isBusy) return;
    setBusy(true);
    setError("");
    try {
      await onSubmit(new FormData(event.target as HTMLFormElement, submitter));
    } catch (failure) {
      setError(messageOf(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={`form ${className}`} aria-busy={isBusy} onSubmit={(event) => void submit(event)}>
      {children}
      <p className="error" role="alert">{error}</p>
    </form>
  );
}
