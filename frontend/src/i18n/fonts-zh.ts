/** Traditional Chinese glyphs, in slices that the browser fetches as a text needs them. */
import "@fontsource-variable/noto-sans-tc/wght.css";
