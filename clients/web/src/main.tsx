/** Start of the app. */
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { DatabaseProvider, openDatabase } from "./lib/database.tsx";
import { watchErasure } from "./lib/device.ts";
import { registerWorker } from "./lib/update.ts";
import { MessageProvider } from "./ui/dialog.tsx";

const root = document.getElementById("root")!;

try {
  const db = await openDatabase();
  watchErasure(db);
  db.start();
  window.addEventListener("online", () => void db.sync().catch(() => undefined)); // its status tells
  createRoot(root).render(
    <DatabaseProvider db={db}>
      <MessageProvider>
        <App />
      </MessageProvider>
    </DatabaseProvider>,
  );
} catch (error) {
  root.textContent = `The logbook cannot be opened: ${(error as Error).message} Does the browser allow this page to store data?`;
}
void registerWorker().catch(() => undefined); // without it the app works online
