/** Where the ring's segments lie. Angles are turns clockwise from the top; lengths are units of the SVG. */

export const outerRadius = 96;
export const innerRadius = 71;
/** The gap between neighbours, measured at the middle of the band, so that it looks alike for 3 and for 20. */
const gapLength = 3.2;

/** One segment's part of the circle, in turns. */
export interface Span {
	readonly from: number;
	readonly to: number;
}

/** Divides the circle among `amount` segments. One alone is a closed ring. */
export function spans(amount: number): readonly Span[] {
	if (amount === 1) return [{ from: 0, to: 1 }];
	const middle = (outerRadius + innerRadius) / 2;
	const gap = Math.min(gapLength / (2 * Math.PI * middle), 0.4 / amount);
	return Array.from({ length: amount }, (_, index) => ({
		from: index / amount + gap / 2,
		to: (index + 1) / amount - gap / 2
	}));
}

/** The first `share` of a span: how far a partner has been filled. */
export function filled(span: Span, share: number): Span {
	return {
		from: span.from,
		to: span.from + (span.to - span.from) * Math.min(1, Math.max(0, share))
	};
}

/** The outline of a piece of the band, as SVG path data. `inset` shrinks it, so that a stroke stays inside. */
export function bandPath(span: Span, inset = 0): string {
	const outer = outerRadius - inset;
	const inner = innerRadius + inset;
	if (span.to - span.from >= 0.9999) return `${circle(outer)}${circle(inner)}`;
	const turn = inset / (2 * Math.PI * ((outer + inner) / 2));
	const from = span.from + turn;
	const to = Math.max(from, span.to - turn);
	const large = to - from > 0.5 ? '1' : '0';
	return [
		`M${point(from, outer)}`,
		`A${String(outer)} ${String(outer)} 0 ${large} 1 ${point(to, outer)}`,
		`L${point(to, inner)}`,
		`A${String(inner)} ${String(inner)} 0 ${large} 0 ${point(from, inner)}`,
		'Z'
	].join('');
}

/** A whole circle as two arcs; drawn with the even-odd rule, two of them make a ring. */
function circle(radius: number): string {
	const r = String(radius);
	return `M0 -${r}A${r} ${r} 0 1 1 0 ${r}A${r} ${r} 0 1 1 0 -${r}Z`;
}

function point(turns: number, radius: number): string {
	const angle = 2 * Math.PI * turns;
	return `${(Math.sin(angle) * radius).toFixed(2)} ${(-Math.cos(angle) * radius).toFixed(2)}`;
}
