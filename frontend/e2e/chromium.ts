/** Finds a Chromium to drive: the one named by CHROMIUM_PATH, the system's, or the one that comes as an npm package. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import packaged from "@sparticuz/chromium";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const HELP = [
  "No Chromium starts on this machine. Either",
  "  - install one (Debian: apt install chromium) so that `chromium` is on PATH, or",
  "  - set CHROMIUM_PATH to the program.",
].join("\n");

export interface Browser {
  executablePath: string;
  env: Record<string, string>;
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((file) => existsSync(file));
}

/** NSS, NSPR and Expat come with the package for machines that have none. */
function unpackLibraries(): string {
  const folder = join(tmpdir(), "bellwether-chromium-libraries");
  if (!existsSync(join(folder, "lib", "libnss3.so"))) {
    const bin = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "..", "bin");
    execFileSync("mkdir", ["-p", folder]);
    execFileSync("tar", ["-x", "-C", folder], {
      input: brotliDecompressSync(readFileSync(join(bin, "al2023.tar.br"))),
    });
  }
  return join(folder, "lib");
}

async function fromPackage(): Promise<Browser> {
  const executablePath = await packaged.executablePath();
  const known = process.env.LD_LIBRARY_PATH;
  // The system's own libraries come first; the package's fill the gaps.
  const env = { LD_LIBRARY_PATH: [known, "/usr/lib/x86_64-linux-gnu", unpackLibraries()].filter(Boolean).join(":") };
  return { executablePath, env };
}

function starts({ executablePath, env }: Browser): string | null {
  try {
    execFileSync(executablePath, ["--version", "--no-sandbox"], { env: { ...process.env, ...env }, stdio: "pipe" });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The first Chromium that starts; tells what was tried when none does. */
export async function findChromium(): Promise<Browser> {
  const named = process.env.CHROMIUM_PATH ?? onPath();
  const failures: string[] = [];
  for (const find of [named && (async () => ({ executablePath: named, env: {} })), fromPackage]) {
    if (!find) continue;
    const candidate = await find();
    const failure = starts(candidate);
    if (failure === null) return candidate;
    failures.push(`  tried ${candidate.executablePath}: ${failure.trim().split("\n").at(-1)}`);
  }
  throw new Error([HELP, ...failures].join("\n"));
}
