/** Units, body and calendar of the user; rest timer and appearance of this device. */
import type { ReactNode } from "react";
import type { Profile } from "@trackforge/client";
import { useDb, useProfile, useUnits } from "../lib/database.tsx";
import { WEEKDAYS } from "../lib/dates.ts";
import { useLocal } from "../lib/local_state.ts";
import { Button, Card, Field, Form, Page, Select } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";
import { DEFAULT_REST_S } from "./rest_timer.tsx";

export function useSaveProfile(): (fields: Partial<Profile>) => Promise<void> {
  const db = useDb();
  const profile = useProfile();
  return async (fields) => {
    if (profile) await db.profile.patch(profile.id, fields);
    else await db.profile.put({ time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone, ...fields });
  };
}

export function Settings(): ReactNode {
  return (
    <Page title="Settings" backTo="/more">
      <UnitCard />
      <BodyCard />
      <DeviceCard />
    </Page>
  );
}

function UnitCard(): ReactNode {
  const units = useUnits();
  const save = useSaveProfile();
  const { run } = useMessages();
  const change = (fields: Partial<Profile>): void => run(() => save(fields));
  return (
    <Card title="Units">
      <div className="form-grid thirds">
        <Select label="Weight" value={units.weight} options={[["kg", "Kilograms"], ["lb", "Pounds"]]} onChange={(event) => change({ weight_unit: event.target.value as "kg" })} />
        <Select label="Length" value={units.height} options={[["cm", "Centimetres"], ["in", "Inches"]]} onChange={(event) => change({ height_unit: event.target.value as "cm" })} />
        <Select label="Energy" value={units.energy} options={[["kcal", "Kilocalories"], ["kj", "Kilojoules"]]} onChange={(event) => change({ energy_unit: event.target.value as "kj" })} />
      </div>
    </Card>
  );
}

const SEXES = [["", "–"], ["female", "Female"], ["male", "Male"], ["other", "Other"]] as const;

function BodyCard(): ReactNode {
  const profile = useProfile();
  const units = useUnits();
  const save = useSaveProfile();
  const { say } = useMessages();
  const submit = async (data: FormData): Promise<void> => {
    const text = (key: string): string => String(data.get(key) ?? "").trim();
    await save({
      display_name: text("name") || null,
      height_cm: text("height") ? units.storedHeight(text("height")) : null,
      birth_year: text("birth") ? Number(text("birth")) : null,
      sex: (text("sex") || null) as Profile["sex"] & string | null,
      time_zone: text("zone") || null,
      week_start: Number(text("week")),
    });
    say("Saved.");
  };
  const height = profile?.height_cm;
  return (
    <Card title="You" key={profile?.id}>
      <Form onSubmit={submit}>
        <div className="form-grid">
          <Field label="Name" name="name" defaultValue={profile?.display_name ?? ""} maxLength={200} autoComplete="name" />
          <Field label={units.height === "in" ? "Height, as 5'11\"" : "Height in cm"} name="height" defaultValue={height === undefined ? "" : units.heightText(height).replace(/ cm$/, "")} />
          <Field label="Year of birth" name="birth" type="number" min={1900} max={2199} defaultValue={profile?.birth_year ?? ""} />
          <Select label="Sex, for energy formulas" name="sex" defaultValue={profile?.sex ?? ""} options={SEXES} />
          <Select label="Time zone" name="zone" defaultValue={profile?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone} options={Intl.supportedValuesOf("timeZone").concat("UTC").map((it) => [it, it.replaceAll("_", " ")] as const)} />
          <Select label="Weeks begin on" name="week" defaultValue={String(profile?.week_start ?? 1)} options={WEEKDAYS.map((it, at) => [String(at + 1), it] as const)} />
        </div>
        <Button type="submit" kind="primary">Save</Button>
      </Form>
    </Card>
  );
}

const RESTS = [[0, "Off"], [60, "1 min"], [90, "1:30 min"], [120, "2 min"], [180, "3 min"], [240, "4 min"]] as const;
const THEMES = [["auto", "As the device"], ["light", "Light"], ["dark", "Dark"]] as const;

function DeviceCard(): ReactNode {
  const [rest, setRest] = useLocal("restSeconds", DEFAULT_REST_S);
  const [theme, setTheme] = useLocal<string>("theme", "auto");
  return (
    <Card title="This device">
      <div className="form-grid">
        <Select label="Rest between sets" value={String(rest)} options={RESTS.map(([value, text]) => [String(value), text] as const)} onChange={(event) => setRest(Number(event.target.value))} />
        <Select label="Appearance" value={theme} options={THEMES} onChange={(event) => setTheme(event.target.value)} />
      </div>
    </Card>
  );
}
