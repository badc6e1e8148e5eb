/** The account of the signed-in user, for all screens. */
import { useMemo } from "react";
import { Account } from "@trackforge/client/account";
import { useDb } from "./database.tsx";
import { deviceName } from "./device.ts";

export function useAccount(): Account {
  const db = useDb();
  return useMemo(() => new Account(db, { deviceName: deviceName() }), [db]);
}
