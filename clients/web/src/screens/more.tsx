/** All other screens. */
import type { ReactNode } from "react";
import type { Status } from "@trackforge/client";
import { useSyncStatus } from "@trackforge/client/react";
import { useDb } from "../lib/database.tsx";
import { counted } from "../lib/numbers.ts";
import { Card, LinkRow, Page } from "../ui/basics.tsx";

export function More(): ReactNode {
  const status = useSyncStatus(useDb());
  return (
    <Page title="More">
      <Card className="rows">
        <LinkRow href="#/plans" icon="list" title="Plans and programs" detail="What to eat and how to train" />
        <LinkRow href="#/foods" icon="apple" title="My foods" />
        <LinkRow href="#/photo" icon="camera" title="Read a photo" detail="A menu, a nutrition label, or a workout on paper" />
        <LinkRow href="#/import" icon="upload" title="Import" detail="Strong, Hevy, FitNotes, Apple Health and others" />
        <LinkRow href="#/trash" icon="trash" title="Trash" detail="Bring back what was deleted" />
      </Card>
      <Card className="rows">
        <LinkRow href="#/sync" icon="cloud" title="Sync" detail={summary(status)} />
        <LinkRow href="#/account" icon="user" title="Account and devices" detail={status.email ?? "No account yet"} />
        <LinkRow href="#/settings" icon="gear" title="Settings" detail="Units, body, rest between sets" />
      </Card>
    </Page>
  );
}

function summary({ signIn, pending, rejected }: Status): string {
  if (rejected > 0) return `${counted(rejected, "change")} to mend`;
  const waiting = Object.values(pending).reduce((sum, it) => sum + it, 0);
  if (waiting > 0) return `${counted(waiting, "change")} not sent yet`;
  return signIn === "signed in" ? "Everything is sent" : "Not signed in";
}
