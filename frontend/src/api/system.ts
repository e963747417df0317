/** What the platform says of itself. */
import { queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";

export const systemQuery = queryOptions({
  queryKey: ["system"],
  queryFn: async ({ signal }) => body(await api.GET("/api/system", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});
