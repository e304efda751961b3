//! Parity by additive FFT: S.-J. Lin, T. Y. Al-Naffouri, Y. S. Han, W.-H. Chung, "Novel Polynomial Basis With Fast
//! Fourier Transform and Its Application to Reed-Solomon Erasure Codes", IEEE Trans. Inf. Theory 62(11), 2016.
//!
//! The data blocks stand at the points P, P + 1, .. in groups of P = 2^log. Each group is transformed to coefficients in
//! the subspace-polynomial basis; the sum of the groups' coefficients, transformed back at the points 0..P, is the
//! parity. In Cantor coordinates the twiddle factor of a butterfly over distance d at point x is x / d.
//!
//! Two layers are fused into one pass, so that each vector is loaded and stored once for two butterflies, and the work
//! runs in strips narrow enough that all P rows stay in the first-level cache.

use crate::vector::{sum, Product, Products, Vector, ZERO};

/// Vectors of working space that [`Transform::encode`] needs: the sum of the groups, and the group in hand.
pub const WORK_VECTORS: usize = 2 * STRIP_VECTORS;

/// Vectors in a strip of P rows: 24 KiB, three quarters of the smallest first-level cache in use.
const STRIP_VECTORS: usize = 1536;

/// The widest row of a strip.
const WIDTH_MAX: usize = 128;

/// An encoder for m data blocks over 2^log parity points, of which the first k are kept.
#[derive(Clone, Copy)]
pub struct Transform {
    /// m.
    pub data: usize,
    /// k.
    pub parity: usize,
    /// Binary logarithm of P.
    pub log: u32,
}

impl Transform {
    /// How many products of a vector with a constant one column of the stripe costs.
    pub fn products(&self) -> usize {
        let points = 1 << self.log;
        let pairs = self.log as usize / 2;
        let groups = self.data / points;
        let rest = (self.data % points).next_multiple_of(4).min(points);
        let inverse =
            2 * pairs * (groups * points + rest) / 2 + (self.log as usize % 2) * points / 2;
        inverse + pairs * self.parity.next_multiple_of(4).min(points)
    }

    /// Computes the parity rows from the data rows. Row i begins at `rows[i * stride]`; data rows come first.
    /// `columns` vectors of each row are worked on.
    pub fn encode(
        &self,
        products: &Products,
        rows: &mut [Vector],
        stride: usize,
        columns: usize,
        work: &mut [Vector],
    ) {
        let points = 1 << self.log;
        let widest = (STRIP_VECTORS / points).min(WIDTH_MAX);
        let (data, parity) = rows.split_at_mut(self.data * stride);
        let (total, group) = work.split_at_mut(STRIP_VECTORS);
        let mut start = 0;
        while start < columns {
            let width = widest.min(columns - start);
            let total = &mut total[..points * width];
            let group = &mut group[..points * width];
            let strip = Strip {
                stride,
                start,
                width,
            };
            self.interpolate(products, data, strip, total, group);
            evaluate(products, total, width, self.parity);
            for (row, values) in parity
                .chunks_mut(stride)
                .zip(total.chunks_exact(width))
                .take(self.parity)
            {
                row[start..start + width].copy_from_slice(values);
            }
            start += width;
        }
    }

    /// Sums the coefficients of all groups of data rows.
    fn interpolate(
        &self,
        products: &Products,
        data: &[Vector],
        strip: Strip,
        total: &mut [Vector],
        group: &mut [Vector],
    ) {
        let points = 1 << self.log;
        for (number, rows) in data.chunks(points * strip.stride).enumerate() {
            let target = if number == 0 {
                &mut *total
            } else {
                &mut *group
            };
            let used = rows.len() / strip.stride;
            strip.load(rows, target);
            coefficients(products, target, strip.width, (number + 1) * points, used);
            if number > 0 {
                total
                    .iter_mut()
                    .zip(&*group)
                    .for_each(|(a, &b)| *a = sum(*a, b));
            }
        }
    }
}

/// A range of columns.
#[derive(Clone, Copy)]
struct Strip {
    stride: usize,
    start: usize,
    width: usize,
}

impl Strip {
    /// Copies the strip's columns of the rows to the target, and zero after them.
    fn load(&self, rows: &[Vector], target: &mut [Vector]) {
        let used = rows.len() / self.stride * self.width;
        for (values, row) in target
            .chunks_exact_mut(self.width)
            .zip(rows.chunks_exact(self.stride))
        {
            values.copy_from_slice(&row[self.start..self.start + self.width]);
        }
        target[used..].fill(ZERO);
    }
}

/// Values at the points `offset`.. to coefficients, in place. Only the first `used` rows are other than zero.
fn coefficients(
    products: &Products,
    work: &mut [Vector],
    width: usize,
    offset: usize,
    used: usize,
) {
    let points = work.len() / width;
    let factor = |point: usize| products[point & 255];
    let mut distance = 1;
    while distance * 4 <= points {
        let groups = work.chunks_exact_mut(4 * distance * width).enumerate();
        for (number, group) in groups.take(used.div_ceil(4 * distance)) {
            let base = (offset + 4 * distance * number) / distance;
            inverse_quad(group, factor(base), factor(base + 2), factor(base / 2));
        }
        distance *= 4;
    }
    if distance < points {
        inverse_pair(work, factor(offset / distance));
    }
}

/// Coefficients to values at the points 0.., in place. Only the first `wanted` rows need be right.
fn evaluate(products: &Products, work: &mut [Vector], width: usize, wanted: usize) {
    let points = work.len() / width;
    let mut distance = points;
    if points.trailing_zeros() % 2 == 1 {
        distance /= 2;
        let (low, high) = work.split_at_mut(distance * width);
        high.iter_mut()
            .zip(low)
            .for_each(|(high, low)| *high = sum(*high, *low));
    }
    while distance > 1 {
        distance /= 4;
        let groups = work.chunks_exact_mut(4 * distance * width).enumerate();
        for (number, group) in groups.take(wanted.div_ceil(4 * distance)) {
            let base = 4 * number;
            if number == 0 {
                forward_first_quad(group, products[2]);
            } else {
                forward_quad(
                    group,
                    products[base],
                    products[base + 2],
                    products[base / 2],
                );
            }
        }
    }
}

/// The four quarters of a group, row ranges of equal length.
fn quarters(group: &mut [Vector]) -> [&mut [Vector]; 4] {
    let quarter = group.len() / 4;
    let (front, back) = group.split_at_mut(2 * quarter);
    let (a, b) = front.split_at_mut(quarter);
    let (c, d) = back.split_at_mut(quarter);
    [a, b, c, d]
}

/// Runs `butterfly` over the four quarters, element by element.
#[inline(always)]
fn each_quad(group: &mut [Vector], butterfly: impl Fn([Vector; 4]) -> [Vector; 4]) {
    let [a, b, c, d] = quarters(group);
    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
        [*a, *b, *c, *d] = butterfly([*a, *b, *c, *d]);
    }
}

/// One layer of distance half the group, towards coefficients.
fn inverse_pair(group: &mut [Vector], t: Product) {
    let (low, high) = group.split_at_mut(group.len() / 2);
    for (low, high) in low.iter_mut().zip(high) {
        *high = sum(*high, *low);
        *low = sum(*low, t.times(*high));
    }
}

/// Two layers towards coefficients: `ab` and `cd` are the factors of the inner one, `outer` that of the outer one.
fn inverse_quad(group: &mut [Vector], ab: Product, cd: Product, outer: Product) {
    each_quad(group, |[a, b, c, d]| {
        let b = sum(a, b);
        let a = sum(a, ab.times(b));
        let d = sum(c, d);
        let c = sum(c, cd.times(d));
        let c = sum(a, c);
        let d = sum(b, d);
        [sum(a, outer.times(c)), sum(b, outer.times(d)), c, d]
    });
}

/// Two layers towards values, the inverse of [`inverse_quad`].
fn forward_quad(group: &mut [Vector], ab: Product, cd: Product, outer: Product) {
    each_quad(group, |[a, b, c, d]| {
        let a = sum(a, outer.times(c));
        let b = sum(b, outer.times(d));
        let c = sum(a, c);
        let d = sum(b, d);
        let a = sum(a, ab.times(b));
        let c = sum(c, cd.times(d));
        [a, sum(a, b), c, sum(c, d)]
    });
}

/// [`forward_quad`] where the points begin at 0, so that two of the factors vanish.
fn forward_first_quad(group: &mut [Vector], cd: Product) {
    each_quad(group, |[a, b, c, d]| {
        let c = sum(a, c);
        let d = sum(b, d);
        let c = sum(c, cd.times(d));
        [a, sum(a, b), c, sum(c, d)]
    });
}
