/** The one client of the API. It throws `ProblemError` for every answer that is not a success. */
import createClient from "openapi-fetch";
import { randomIdentifier } from "@/lib/identifier";
import type { components, paths } from "./schema.gen";

type Problem = Partial<components["schemas"]["Problem"]>;

/** An error that the API (or Nginx before it) explained, with the id that names the request in every log. */
export class ProblemError extends Error {
  readonly title: string;
  readonly detail: string;
  readonly status: number;
  readonly requestId: string | null;
  readonly fields: string[];

  constructor(status: number, problem: Problem, requestId: string | null) {
    const title = problem.title ?? `HTTP ${status}`;
    super(problem.detail ?? title);
    this.name = "ProblemError";
    this.title = title;
    this.detail = problem.detail ?? title;
    this.status = status;
    this.requestId = problem.request_id ?? requestId;
    this.fields = (problem.errors ?? []).map(fieldMessage);
  }
}

function fieldMessage(error: { [key: string]: unknown }): string {
  const place = Array.isArray(error.loc) ? error.loc.join(" › ") : (error.field ?? error.pointer);
  const message = error.msg ?? error.message ?? error.detail ?? JSON.stringify(error);
  return place ? `${String(place)}: ${String(message)}` : String(message);
}

async function readProblem(response: Response): Promise<Problem> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? (body as Problem) : {};
  } catch {
    return {}; // The body is not JSON (a proxy's own page): the status is all there is to tell.
  }
}

export const api = createClient<paths>({ baseUrl: location.origin });

api.use({
  async onResponse({ response }) {
    if (response.ok) return;
    throw new ProblemError(response.status, await readProblem(response), response.headers.get("X-Request-ID"));
  },
});

/** The body of a success. Every failure has thrown before. */
export function body<T>(answer: { data?: T | undefined; response: Response }): T {
  if (answer.data === undefined) {
    throw new ProblemError(
      answer.response.status,
      { title: "Empty answer" },
      answer.response.headers.get("X-Request-ID"),
    );
  }
  return answer.data;
}

/** Names one action of a person: the same key sent twice is still one action. */
export function actionHeaders(): { "Idempotency-Key": string } {
  return { "Idempotency-Key": randomIdentifier() };
}
