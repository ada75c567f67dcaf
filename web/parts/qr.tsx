/** A QR code drawn from its modules. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

/** Dark modules on white paper, whatever the colours of the page. */
export function Qr(
  { modules, label }: { readonly modules: readonly (readonly boolean[])[]; readonly label: string },
) {
  const size = modules.length;
  const path = modules.flatMap((row, y) => row.flatMap((isDark, x) => isDark ? [`M${x} ${y}h1v1h-1z`] : []))
    .join("");
  return (
    <svg
      class="qr"
      viewBox={`-3 -3 ${size + 6} ${size + 6}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <rect x={-3} y={-3} width={size + 6} height={size + 6} rx={2} class="paper" />
      <path d={path} class="ink" />
    </svg>
  );
}
