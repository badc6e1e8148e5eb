/** Frame of the app: navigation, banners, the screen of the route. */
import { useEffect, useState, type ReactNode } from "react";
import { statusText, type Status } from "@trackforge/client";
import { useSyncStatus } from "@trackforge/client/react";
import { useDb } from "./lib/database.tsx";
import { isDate, today } from "./lib/dates.ts";
import { SLOTS, slotOf, type Slot } from "./lib/food.ts";
import { useLocal } from "./lib/local_state.ts";
import { useRoute, type Route } from "./lib/route.ts";
import { applyUpdate, useUpdate } from "./lib/update.ts";
import { Account } from "./screens/account.tsx";
import { AddFood } from "./screens/add_food.tsx";
import { DietPlanScreen } from "./screens/diet_plan.tsx";
import { FoodLogScreen } from "./screens/food_log.tsx";
import { ImportScreen } from "./screens/import.tsx";
import { More } from "./screens/more.tsx";
import { LINK_PAGES, LinkPage } from "./screens/links.tsx";
import { MyFoods } from "./screens/my_foods.tsx";
import { Photo } from "./screens/photo.tsx";
import { Plans } from "./screens/plans.tsx";
import { ProgramScreen } from "./screens/program.tsx";
import { Progress } from "./screens/progress.tsx";
import { Settings } from "./screens/settings.tsx";
import { SignIn } from "./screens/sign_in.tsx";
import { Sync } from "./screens/sync.tsx";
import { Today } from "./screens/today.tsx";
import { Train } from "./screens/train.tsx";
import { Trash } from "./screens/trash.tsx";
import { Why } from "./screens/why.tsx";
import { Workout } from "./screens/workout.tsx";
import { Button } from "./ui/basics.tsx";
import { Icon, type IconName } from "./ui/icons.tsx";

export function App(): ReactNode {
  const route = useRoute();
  const status = useSyncStatus(useDb());
  const [isSkipped, setSkipped] = useLocal("withoutAccount", false);
  useTheme();
  useStartOfScreen(route.path.join("/"));
  const name = route.path[0] ?? "";
  if (LINK_PAGES.includes(name)) return <main className="main"><LinkPage name={name} /></main>;
  const isNew = status.email === null && !isSkipped;
  if (isNew || name === "sign-in") {
    return <main className="main"><SignIn {...(status.email === null && !isSkipped && { onSkip: () => setSkipped(true) })} /></main>;
  }
  return (
    <div className="frame">
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main")!.focus(); }}>Skip to the content</a>
      <Navigation route={route} status={status} />
      <main className="main" id="main" tabIndex={-1}>
        <Banners status={status} />
        {screenOf(route)}
      </main>
    </div>
  );
}

function screenOf({ path: [name = "", first, second] }: Route): ReactNode {
  const slot = SLOTS.some(([it]) => it === second) ? (second as Slot) : slotOf(new Date());
  switch (name) {
    case "":
      return <Today date={today()} />;
    case "day":
      return <Today date={isDate(first) ? first : today()} />;
    case "add":
      return <AddFood date={isDate(first) ? first : today()} slot={slot} />;
    case "log":
      return <FoodLogScreen id={first ?? ""} />;
    case "train":
      return <Train />;
    case "workout":
      return <Workout key={first} id={first ?? ""} />;
    case "progress":
      return <Progress />;
    case "plans":
      return <Plans />;
    case "plan":
      return <DietPlanScreen id={first ?? ""} />;
    case "program":
      return <ProgramScreen id={first ?? ""} />;
    case "import":
      return <ImportScreen />;
    case "photo":
      return <Photo />;
    case "trash":
      return <Trash />;
    case "foods":
      return <MyFoods />;
    case "settings":
      return <Settings />;
    case "sync":
      return <Sync />;
    case "why":
      return <Why />;
    case "account":
      return <Account />;
    default:
      return <More />;
  }
}

const TABS: readonly (readonly [href: string, name: string, icon: IconName, screens: readonly string[]])[] = [
  ["#/", "Today", "today", ["", "day", "add", "log"]],
  ["#/train", "Train", "train", ["train", "workout"]],
  ["#/progress", "Progress", "chart", ["progress"]],
  ["#/more", "More", "more", []],
];

function Navigation({ route, status }: { route: Route; status: Status }): ReactNode {
  const current = TABS.find(([, , , screens]) => screens.includes(route.path[0] ?? "")) ?? TABS.at(-1);
  return (
    <nav className="nav" aria-label="Main">
      <span className="brand"><img src="icon.svg" alt="" width="28" height="28" />Logbook</span>
      {TABS.map((tab) => (
        <a key={tab[0]} href={tab[0]} aria-current={tab === current ? "page" : undefined}>
          <Icon name={tab[2]} />
          {tab[1]}
        </a>
      ))}
      <SyncLink status={status} />
    </nav>
  );
}

function SyncLink({ status }: { status: Status }): ReactNode {
  const pending = Object.values(status.pending).reduce((sum, it) => sum + it, 0);
  const [icon, text] = summary(status, pending);
  return (
    <a className={`sync-link ${icon === "warning" ? "alarm" : ""}`} href="#/sync" aria-label={`Sync: ${statusText(status)}`}>
      <Icon name={icon} />
      <span>{text}</span>
    </a>
  );
}

function summary(status: Status, pending: number): [IconName, string] {
  if (status.rejected > 0) return ["warning", "Mend"];
  if (status.signIn !== "signed in") return ["cloudOff", "Not synced"];
  if (status.lastError !== null) return ["cloudOff", pending > 0 ? `${pending} waiting` : "Offline"];
  return pending > 0 ? ["cloudUp", `${pending} waiting`] : ["cloudCheck", "Synced"];
}

function Banners({ status }: { status: Status }): ReactNode {
  const isUpdateReady = useUpdate();
  return (
    <>
      {isUpdateReady && <p className="banner">A new version is ready. <Button onClick={applyUpdate}>Restart</Button></p>}
      {status.signIn === "expired" && <p className="banner">You were signed out. What you log stays on this device. <a className="button" href="#/sign-in">Sign in</a></p>}
      {status.upgradeRequired && <p className="banner">This version of the app is too old to receive changes: reload it when you are online.</p>}
    </>
  );
}

/** Puts the focus of keyboards and screen readers, and the scroll position, at the start of a new screen. */
function useStartOfScreen(path: string): void {
  const [first] = useState(path);
  useEffect(() => {
    const title = document.querySelector("h1")?.textContent;
    document.title = title ? `${title} · Logbook` : "Logbook";
    if (path === first) return;
    window.scrollTo(0, 0);
    if (!document.activeElement?.matches("input, textarea")) document.getElementById("main")?.focus({ preventScroll: true });
  }, [path]);
}

function useTheme(): void {
  const [theme] = useLocal<string>("theme", "auto");
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
  }, [theme]);
}
