// Runs before the first paint, so that the page never flashes the other theme.
(() => {
  let choice = "system";
  let language = null;
  try {
    choice = localStorage.getItem("bellwether.theme") ?? "system";
    language = localStorage.getItem("bellwether.language");
  } catch {
    // Storage is closed to the page: the system's theme holds.
  }
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  if (language) document.documentElement.lang = language;
})();
