/** Search of an account by its address or its id. */
import type { ReactNode } from "react";
import { useDb } from "../lib/database.tsx";
import { go } from "../lib/route.ts";
import { Button, Card, Field, Form, Page } from "../ui/basics.tsx";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function Accounts(): ReactNode {
  const db = useDb();
  const find = async (data: FormData): Promise<void> => {
    const text = String(data.get("account")).trim();
    const query = new URLSearchParams(UUID.test(text) ? { id: text } : { email: text });
    const { id } = (await db.request("GET", `/support/users?${query}`)) as { id: string };
    go(`/account/${id}/health`);
  };
  return (
    <Page title="Accounts">
      <Card>
        <Form onSubmit={find}>
          <Field label="E-mail or id of the account" name="account" autoComplete="off" autoCapitalize="none" spellCheck={false} required autoFocus />
          <Button type="submit" kind="primary" icon="search">Find</Button>
        </Form>
        <p className="quiet pad">You see counts, codes and times, never what somebody logged. Each look is in the account's audit trail.</p>
      </Card>
    </Page>
  );
}
