/** Start of the operator's pages. */
import { createRoot } from "react-dom/client";
import { Admin } from "./admin/frame.tsx";
import { openSession } from "./admin/session.ts";
import { DatabaseProvider } from "./lib/database.tsx";
import { MessageProvider } from "./ui/dialog.tsx";

const db = await openSession();
createRoot(document.getElementById("root")!).render(
  <DatabaseProvider db={db}>
    <MessageProvider>
      <Admin />
    </MessageProvider>
  </DatabaseProvider>,
);
