/** Opens and ends alerts in the stack's own alert book. It takes the stack's environment: `python -m local_stack env`. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const repository = join(import.meta.dirname, "..", "..");

/** Whether the stack's environment is here. */
export const hasAlertBook = process.env.MODEL_META_DB_URL !== undefined;

export function alertBook(action: "fire" | "resolve", subject: string): void {
  const program = [join(import.meta.dirname, "alert_book.py"), action, subject];
  execFileSync(join(repository, ".venv", "bin", "python"), program, { cwd: repository, stdio: "pipe" });
}
