import { Link } from "@tanstack/react-router";

export function Brand() {
  return (
    <Link to="/" className="flex items-center gap-2.5 rounded-lg px-1 font-semibold tracking-[-0.02em]">
      <img src="/favicon.svg" alt="" width="26" height="26" />
      <span>Bellwether</span>
    </Link>
  );
}
