/** A line in a frame, as SVG: enough to see when something went wrong. */
export interface Point {
	readonly x: number;
	readonly y: number;
}

const width = 720;
const height = 240;
const margin = { left: 80, right: 20, top: 36, bottom: 36 } as const;

/** `across` names the horizontal axis. Both axes start at zero. */
export function plot(title: string, across: string, points: readonly Point[]): string {
	const xMax = Math.max(1, ...points.map(({ x }) => x));
	const yMax = Math.max(1, ...points.map(({ y }) => y));
	const inner = { w: width - margin.left - margin.right, h: height - margin.top - margin.bottom };
	const px = (x: number): string => (margin.left + (x / xMax) * inner.w).toFixed(1);
	const py = (y: number): string => (margin.top + inner.h - (y / yMax) * inner.h).toFixed(1);
	const line = points.map(({ x, y }) => `${px(x)},${py(y)}`).join(' ');
	const label = (x: number, y: number, anchor: string, text: string): string =>
		`<text x="${x}" y="${y}" text-anchor="${anchor}">${text}</text>`;
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<style>text{font:12px sans-serif;fill:#333}path{stroke:#999;fill:none}polyline{stroke:#06c;fill:none;stroke-width:1.5}</style>
<rect width="${width}" height="${height}" fill="#fff"/>
${label(margin.left, 20, 'start', title)}
<path d="M${margin.left} ${margin.top}V${margin.top + inner.h}H${margin.left + inner.w}"/>
${label(margin.left - 8, margin.top + 8, 'end', yMax.toLocaleString('en'))}
${label(margin.left - 8, margin.top + inner.h, 'end', '0')}
${label(margin.left + inner.w, height - 12, 'end', `${across} ${xMax}`)}
<polyline points="${line}"/>
</svg>
`;
}
