/** A food log that works offline and syncs: the page of docs/how-to/javascript.md. */
import { open, statusText } from "@trackforge/client";
import { indexedDb } from "@trackforge/client/indexeddb";

const url = new URLSearchParams(location.search).get("server") ?? "http://127.0.0.1:8000";
const db = await open({ url, storage: indexedDb("food-log") });
db.start();

const element = (id: string): HTMLElement => document.getElementById(id)!;
const date = new Intl.DateTimeFormat("en-CA").format(); // YYYY-MM-DD of this device

db.food_logs
  .where({ date })
  .orderBy("-id")
  .watch((logs) => {
    const items = logs.map((log) => {
      const item = document.createElement("li");
      item.textContent = `${log.name}: ${log.energy_kcal} kcal`;
      item.onclick = () => db.food_logs.delete(log.id);
      return item;
    });
    element("today").replaceChildren(...items);
  });
db.watchStatus((status) => (element("status").textContent = statusText(status)));

onSubmit("log", (form) =>
  db.food_logs.put({ date, name: String(form.get("food")), energy_kcal: Number(form.get("kcal")) }),
);
onSubmit("account", (form) => {
  const [email, password] = [String(form.get("email")), String(form.get("password"))];
  return form.get("how") === "register" ? db.register(email, password) : db.login(email, password);
});

function onSubmit(id: string, act: (form: FormData) => Promise<unknown>): void {
  element(id).onsubmit = async (event) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    try {
      await act(new FormData(form, event.submitter));
      form.reset();
      element("error").textContent = "";
    } catch (error) {
      element("error").textContent = (error as Error).message; // the client's errors are sentences
    }
  };
}
