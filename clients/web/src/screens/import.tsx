/** Import of another app's log: a preview first, exercises to match, then the import. */
import { useState, type ReactNode } from "react";
import { useSyncStatus } from "@trackforge/client/react";
import { useDb } from "../lib/database.tsx";
import { shortDate } from "../lib/dates.ts";
import { counted, whole } from "../lib/numbers.ts";
import { fieldName } from "../lib/messages.ts";
import { Button, Card, Form, Page, Select, SignInFirst } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";

interface Match {
  readonly exercise_id: string;
  readonly matched_name: string;
}

interface Preview {
  readonly format: string;
  readonly made: { readonly [collection: string]: number };
  readonly corrected: number;
  readonly unchanged: number;
  readonly exercises: {
    readonly matched: readonly (Match & { readonly name: string })[];
    readonly new: readonly { readonly name: string; readonly sets: number; readonly suggestions?: readonly Match[] }[];
  };
  readonly unreadable: readonly { readonly line: number; readonly text: string; readonly reason: string }[];
  readonly unreadable_count: number;
  readonly first_date: string | null;
  readonly last_date: string | null;
}

type Mapping = { readonly [name: string]: string };
const ARCHIVE = /\.(zip|xml)$/i;

export function ImportScreen(): ReactNode {
  const db = useDb();
  const { say } = useMessages();
  const isSignedIn = useSyncStatus(db).signIn === "signed in";
  const [file, setFile] = useState<File>();
  const [unit, setUnit] = useState("");
  const [mapping, setMapping] = useState<Mapping>({});
  const [preview, setPreview] = useState<Preview>();
  const send = async (dryRun: boolean): Promise<Preview> => {
    if (ARCHIVE.test(file!.name)) {
      const kind = file!.name.toLowerCase().endsWith(".zip") ? "application/zip" : "application/xml";
      const headers = { "Content-Type": kind, ...(!dryRun && { "Idempotency-Key": crypto.randomUUID() }) };
      return (await db.request("POST", `/imports/apple-health?dry_run=${dryRun}`, file, headers)) as Preview;
    }
    const form = new FormData();
    form.set("file", file!);
    form.set("dry_run", String(dryRun));
    if (unit) form.set("weight_unit", unit);
    if (Object.keys(mapping).length > 0) form.set("mapping", JSON.stringify(mapping));
    return (await db.request("POST", "/imports", form, dryRun ? {} : { "Idempotency-Key": crypto.randomUUID() })) as Preview;
  };
  const run = async (): Promise<void> => {
    const done = await send(false);
    setPreview(undefined);
    setFile(undefined);
    setMapping({});
    await db.pull();
    say(`${counted(total(done), "record")} imported.`);
  };
  if (!isSignedIn) {
    return <Page title="Import" backTo="/more"><SignInFirst icon="upload">The server reads the file: sign in first. What it imports is then on all your devices.</SignInFirst></Page>;
  }
  return (
    <Page title="Import" backTo="/more">
      <Card>
        <Form onSubmit={async () => setPreview(await send(true))}>
          <p className="quiet">An export of a training app (Strong, Hevy, FitNotes, Garmin and others), of a food diary (MyFitnessPal, Cronometer, Yazio and others), of Apple Health or of this server, or a FIT, TCX or GPX file. Nothing is written before you have seen the preview.</p>
          <div className="field">
            <label htmlFor="import-file">File</label>
            <input id="import-file" type="file" required onChange={(event) => { setFile(event.target.files?.[0]); setPreview(undefined); setMapping({}); }} />
          </div>
          <Select label="Weights in the file" value={unit} options={[["", "As the file says"], ["kg", "Kilograms"], ["lb", "Pounds"]]} onChange={(event) => setUnit(event.target.value)} />
          <Button type="submit" kind={preview ? "plain" : "primary"} disabled={!file}>{preview ? "Preview again" : "Preview"}</Button>
        </Form>
      </Card>
      {preview && <PreviewCard preview={preview} mapping={mapping} onMapping={setMapping} onImport={run} />}
    </Page>
  );
}

function total(preview: Preview): number {
  return Object.values(preview.made).reduce((sum, it) => sum + it, 0);
}

interface PreviewProps {
  readonly preview: Preview;
  readonly mapping: Mapping;
  readonly onMapping: (mapping: Mapping) => void;
  readonly onImport: () => Promise<void>;
}

function PreviewCard({ preview, mapping, onMapping, onImport }: PreviewProps): ReactNode {
  const made = Object.entries(preview.made).filter(([, count]) => count > 0);
  const unknown = preview.exercises.new.filter((it) => (it.suggestions?.length ?? 0) > 0);
  const count = total(preview);
  const period = preview.first_date && preview.last_date ? `${shortDate(preview.first_date)}, ${preview.first_date.slice(0, 4)} to ${shortDate(preview.last_date)}, ${preview.last_date.slice(0, 4)}` : "";
  return (
    <Card title="Preview">
      <p className="quiet">{[fieldName(preview.format), period].filter(Boolean).join(" · ")}</p>
      <dl className="facts">
        {made.map(([name, number]) => (
          <div key={name}><dt>New {name.replaceAll("_", " ")}</dt><dd>{whole(number)}</dd></div>
        ))}
        {preview.corrected > 0 && <div><dt>Corrected</dt><dd>{whole(preview.corrected)}</dd></div>}
        {preview.unchanged > 0 && <div><dt>Already here</dt><dd>{whole(preview.unchanged)}</dd></div>}
      </dl>
      {unknown.length > 0 && (
        <fieldset>
          <legend>Exercises that have no match: choose one, or they become your own</legend>
          {unknown.map(({ name, sets, suggestions }) => (
            <Select
              key={name}
              label={`${name}, ${counted(sets, "set")}`}
              value={mapping[name] ?? ""}
              options={[["", "My own exercise"], ...suggestions!.map((it) => [it.exercise_id, it.matched_name] as const)]}
              onChange={(event) => {
                const { [name]: _before, ...rest } = mapping;
                onMapping(event.target.value ? { ...rest, [name]: event.target.value } : rest);
              }}
            />
          ))}
        </fieldset>
      )}
      {preview.unreadable_count > 0 && (
        <details>
          <summary>{counted(preview.unreadable_count, "line")} cannot be read</summary>
          <ul className="rows">
            {preview.unreadable.map((it) => <li key={it.line}><small>Line {it.line}: {it.reason}</small></li>)}
          </ul>
        </details>
      )}
      <Form onSubmit={onImport}>
        <Button type="submit" kind="primary" disabled={count + preview.corrected === 0}>{count > 0 ? `Import ${counted(count, "record")}` : preview.corrected > 0 ? "Correct them" : "Everything is here already"}</Button>
      </Form>
    </Card>
  );
}
