/** The typed router, and the one query client that its pages share. */
import { QueryClient } from "@tanstack/react-query";
import { createRouter } from "@tanstack/react-router";
import { ProblemError } from "@/api/client";
import { NotFoundPage, RouteErrorPage } from "@/components/shell/route-states";
import { routeTree } from "./routeTree.gen";

const MAX_RETRIES = 2;

/** A refusal stays one when asked again; a server or a network that fails may come back. */
function mayRetry(failures: number, error: Error): boolean {
  const refused = error instanceof ProblemError && error.status < 500;
  return !refused && failures < MAX_RETRIES;
}

export const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: mayRetry, staleTime: 5_000 }, mutations: { retry: false } },
});

export const router = createRouter({
  routeTree,
  context: { queryClient },
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultErrorComponent: RouteErrorPage,
  defaultNotFoundComponent: NotFoundPage,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
