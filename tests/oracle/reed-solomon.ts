/**
 * The erasure code of docs/format/erasure-code.md, as slow and as obvious as it can be made: polynomials are
 * interpolated by Lagrange's formula point by point, and lost blocks are found by Gaussian elimination over all m
 * unknowns. It shares no code and no shortcut with src/lib/wasm-rs: no transform, no closed formula, no log tables.
 */

/** x^8 + x^4 + x^3 + x^2 + 1 over GF(2). */
const fieldPolynomial = 0x11d;
const cantorBasis = [1, 214, 152, 146, 86, 200, 88, 230] as const;

/** The element of GF(2)[x] / fieldPolynomial that a byte in Cantor coordinates stands for, and back. */
const toPolynomial = Array.from({ length: 256 }, (_, byte) =>
	cantorBasis.reduce((sum: number, element, bit) => ((byte >> bit) & 1 ? sum ^ element : sum), 0)
);
const toCantor = Array.from({ length: 256 }, (_, element) => toPolynomial.indexOf(element));

const productTable = Array.from({ length: 256 }, (_, a) =>
	Uint8Array.from({ length: 256 }, (_, b) => multiplyBitwise(a, b))
);

function multiplyBitwise(a: number, b: number): number {
	let shifted = at(toPolynomial, a);
	const other = at(toPolynomial, b);
	let product = 0;
	for (let bit = 0; bit < 8; bit++) {
		if ((other >> bit) & 1) product ^= shifted;
		shifted <<= 1;
		if (shifted & 0x100) shifted ^= fieldPolynomial;
	}
	return at(toCantor, product);
}

export function multiply(a: number, b: number): number {
	return at(at(productTable, a), b);
}

/** The element whose product with `a` is 1, by trying them all. */
export function invert(a: number): number {
	const inverse = at(productTable, a).indexOf(1);
	if (inverse < 0) throw new Error('0 has no inverse');
	return inverse;
}

/** Which code the format prescribes. */
export function codeOf(m: number, k: number): 'copies' | 'lch' | 'cauchy' {
	if (m === 1) return 'copies';
	return paddedParity(k) + m <= 256 ? 'lch' : 'cauchy';
}

/** k rounded up to a power of two. */
function paddedParity(k: number): number {
	let padded = 1;
	while (padded < k) padded *= 2;
	return padded;
}

/** The generator: k rows of m factors. */
export function generator(m: number, k: number): number[][] {
	const factor = { copies: () => 1, lch: lagrangeFactor(k), cauchy: cauchyFactor(k) }[codeOf(m, k)];
	return Array.from({ length: k }, (_, parity) =>
		Array.from({ length: m }, (_, data) => factor(parity, data))
	);
}

/**
 * The value at the point `parity` of the polynomial that is 1 at the point P + data and 0 at all other points from P to
 * 255, where P is the padded parity count.
 */
function lagrangeFactor(k: number): (parity: number, data: number) => number {
	const padded = paddedParity(k);
	return (parity, data) => {
		const point = padded + data;
		let numerator = 1;
		let denominator = 1;
		for (let other = padded; other < 256; other++) {
			if (other === point) continue;
			numerator = multiply(numerator, parity ^ other);
			denominator = multiply(denominator, point ^ other);
		}
		return multiply(numerator, invert(denominator));
	};
}

function cauchyFactor(k: number): (parity: number, data: number) => number {
	return (parity, data) => invert(parity ^ (k + data));
}

/** The k parity blocks of m data blocks. */
export function encode(data: readonly Uint8Array[], k: number): Uint8Array[] {
	return generator(data.length, k).map((row) => combination(row, data));
}

/** The m data blocks from m blocks at the given positions. */
export function decode(
	m: number,
	k: number,
	positions: readonly number[],
	blocks: readonly Uint8Array[]
): Uint8Array[] {
	const rows = [...identity(m), ...generator(m, k)];
	const inverse = inverseMatrix(positions.map((position) => at(rows, position)));
	if (inverse === undefined) throw new Error('these blocks do not determine the data');
	return inverse.map((row) => combination(row, blocks));
}

/** The sum of the blocks, each times its factor. */
export function combination(factors: readonly number[], blocks: readonly Uint8Array[]): Uint8Array {
	const total = new Uint8Array(at(blocks, 0).length);
	for (const [i, block] of blocks.entries()) {
		const products = at(productTable, at(factors, i));
		for (let byte = 0; byte < total.length; byte++) {
			total[byte] = at(total, byte) ^ at(products, at(block, byte));
		}
	}
	return total;
}

/** Gauss-Jordan elimination; undefined when the matrix is singular. */
export function inverseMatrix(matrix: readonly (readonly number[])[]): number[][] | undefined {
	const size = matrix.length;
	const rows = matrix.map((row, i) => [...row, ...at(identity(size), i)]);
	for (let column = 0; column < size; column++) {
		const pivot = rows.findIndex((row, i) => i >= column && row[column] !== 0);
		if (pivot < 0) return undefined;
		[rows[column], rows[pivot]] = [at(rows, pivot), at(rows, column)];
		const inverse = invert(at(at(rows, column), column));
		const unit = at(rows, column).map((value) => multiply(value, inverse));
		for (const [i, row] of rows.entries()) {
			const factor = at(row, column);
			rows[i] = row.map((value, j) => value ^ multiply(factor, at(unit, j)));
		}
		rows[column] = unit;
	}
	return rows.map((row) => row.slice(size));
}

function identity(size: number): number[][] {
	return Array.from({ length: size }, (_, i) =>
		Array.from({ length: size }, (_, j) => (i === j ? 1 : 0))
	);
}

function at<T>(list: ArrayLike<T>, index: number): T {
	const value = list[index];
	if (value === undefined) throw new RangeError(`no element ${index} of ${list.length}`);
	return value;
}
