import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const stack = process.env.BELLWETHER_URL ?? "http://127.0.0.1:8080";
const proxy = {
  "/api": { target: stack },
  "/ws": { target: stack, ws: true },
};

export default defineConfig({
  plugins: [
    tanstackRouter({ target: "react", autoCodeSplitting: true, generatedRouteTree: "src/routeTree.gen.ts" }),
    react(),
    tailwindcss(),
  ],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { host: "127.0.0.1", port: 5173, proxy },
  // The policy that Nginx sends, so that `vite preview` breaks where production would.
  preview: { host: "127.0.0.1", proxy, headers: { "Content-Security-Policy": "default-src 'self'" } },
  build: {
    // A data: URL is another origin to `default-src 'self'`.
    assetsInlineLimit: 0,
    manifest: true,
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
});
