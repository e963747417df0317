import "./styles.css";
import "@fontsource-variable/inter/wght.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startI18n } from "./i18n";
import { keepQueriesFresh } from "./live/freshness";
import { startLive } from "./live/store";
import { queryClient, router } from "./router";

const container = document.getElementById("root");
if (!container) throw new Error("index.html has no #root");

await startI18n();
startLive(keepQueriesFresh(queryClient));
createRoot(container).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
