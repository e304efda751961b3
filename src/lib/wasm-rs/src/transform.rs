//! Parity by additive FFT: S.-J. Lin, T. Y. Al-Naffouri, Y. S. Han, W.-H. Chung, "Novel Polynomial Basis With Fast
//! Fourier Transform and Its Application to Reed-Solomon Erasure Codes", IEEE Trans. Inf. Theory 62(11), 2016.
//!
//! The data blocks stand at the points P, P + 1, .. in groups of P = 2^log. Each group is transformed to coefficients in
//! the subspace-polynomial basis; the sum of the groups' coefficients, transformed back at the points 0..P, is the
//! parity. In Cantor coordinates the twiddle factor of a butterfly over distance d at point x is x / d.
//!
//! The work runs in strips narrow enough that all P rows stay in the first-level cache.

use crate::butterfly::{forward_pair_at_zero, inverse_pair, pairs, quads, quads_from, quads_into, Quad};
use crate::vector::{sum, Products, Vector, ZERO};

/// Vectors of working space that [`Transform::encode`] needs: the sum of the groups, and the group in hand.
pub const WORK_VECTORS: usize = 2 * STRIP_VECTORS;

/// Vectors in a strip of P rows: 16 KiB, half of the smallest first-level cache in use.
const STRIP_VECTORS: usize = 1024;

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
    /// About how many products of a vector with a constant one column of the stripe costs.
    pub fn products(&self) -> usize {
        let points = 1 << self.log;
        let quads = self.log as usize / 2;
        let pairs = self.log as usize % 2;
        let used = |rows: usize| rows.next_multiple_of(4).min(points);
        let groups = self.data / points * points + used(self.data % points);
        groups * quads + pairs * self.data.div_ceil(points) * points / 2 + used(self.parity) * quads
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
        for start in (0..columns).step_by(widest) {
            let width = widest.min(columns - start);
            let strip = Strip {
                products,
                stride,
                start,
                width,
            };
            let total = &mut total[..points * width];
            strip.interpolate(data, total, &mut group[..points * width]);
            strip.evaluate(total, &mut parity[..self.parity * stride]);
        }
    }
}

/// A range of columns of the rows.
#[derive(Clone, Copy)]
struct Strip<'a> {
    products: &'a Products,
    stride: usize,
    start: usize,
    width: usize,
}

impl Strip<'_> {
    /// Sums the coefficients of all groups of data rows into `total`, and takes the outermost step back to values, in
    /// the same pass where there is one group only.
    fn interpolate(self, data: &[Vector], total: &mut [Vector], group: &mut [Vector]) {
        let points = total.len() / self.width;
        let alone = data.len() <= points * self.stride;
        for (number, rows) in data.chunks(points * self.stride).enumerate() {
            let target = if number == 0 { &mut *total } else { &mut *group };
            let offset = (number + 1) * points;
            self.load(rows, target, offset);
            self.inner_coefficients(target, offset, rows.len() / self.stride);
            self.turn(target, offset, alone);
            if number > 0 {
                let sums = total.iter_mut().zip(&*group);
                sums.for_each(|(a, &b)| *a = sum(*a, b));
            }
        }
        if !alone {
            self.outermost_values(total);
        }
    }

    /// Reads the strip's columns of the rows, with zero after them. From 8 points on, the innermost step towards
    /// coefficients is taken on the way.
    fn load(self, rows: &[Vector], target: &mut [Vector], offset: usize) {
        let columns = self.start..self.start + self.width;
        let first_step = target.len() / self.width >= 8;
        let mut row = rows.chunks_exact(self.stride).map(|row| &row[columns.clone()]);
        for (number, group) in target.chunks_mut(4 * self.width).enumerate() {
            let quad = Quad::at(self.products, (offset + 4 * number) & 255);
            if first_step && row.len() >= 4 {
                let four = core::array::from_fn(|_| row.next().unwrap_or_default());
                quads_from(four, group, |values| quad.inverse(values));
                continue;
            }
            let some = row.len() > 0;
            for values in group.chunks_exact_mut(self.width) {
                match row.next() {
                    Some(row) => values.copy_from_slice(row),
                    None => values.fill(ZERO),
                }
            }
            if first_step && some {
                quads(group, |values| quad.inverse(values));
            }
        }
    }

    /// The steps towards coefficients between the innermost and the outermost. Only the first `used` rows are other
    /// than zero.
    fn inner_coefficients(self, work: &mut [Vector], offset: usize, used: usize) {
        let points = work.len() / self.width;
        let mut distance = 4;
        while distance * 8 <= points {
            let groups = work.chunks_exact_mut(4 * distance * self.width).enumerate();
            for (number, group) in groups.take(used.div_ceil(4 * distance)) {
                let quad = Quad::at(self.products, (offset / distance + 4 * number) & 255);
                quads(group, |values| quad.inverse(values));
            }
            distance *= 4;
        }
    }

    /// The outermost step towards coefficients, and the outermost one back to values if `back`.
    fn turn(self, work: &mut [Vector], offset: usize, back: bool) {
        let points = work.len() / self.width;
        if points == 1 {
            return;
        }
        if points.trailing_zeros() % 2 == 1 {
            let t = self.products[offset / (points / 2)];
            if back {
                pairs(work, |values| forward_pair_at_zero(inverse_pair(&t, values)));
            } else {
                pairs(work, |values| inverse_pair(&t, values));
            }
            return;
        }
        let quad = Quad::at(self.products, offset / (points / 4));
        let zero = Quad::at(self.products, 0);
        if back {
            quads(work, |values| zero.forward_at_zero(quad.inverse(values)));
        } else {
            quads(work, |values| quad.inverse(values));
        }
    }

    /// The outermost step from coefficients to values.
    fn outermost_values(self, work: &mut [Vector]) {
        let points = work.len() / self.width;
        if points.trailing_zeros() % 2 == 1 {
            pairs(work, forward_pair_at_zero);
        } else if points > 1 {
            let zero = Quad::at(self.products, 0);
            quads(work, |values| zero.forward_at_zero(values));
        }
    }

    /// The steps to values after the outermost, the last of them into the parity rows.
    fn evaluate(self, work: &mut [Vector], parity: &mut [Vector]) {
        let wanted = parity.len() / self.stride;
        let points = work.len() / self.width;
        let mut distance = points >> (2 - points.trailing_zeros() % 2);
        while distance > 4 {
            distance /= 4;
            let groups = work.chunks_exact_mut(4 * distance * self.width).enumerate();
            for (number, group) in groups.take(wanted.div_ceil(4 * distance)) {
                self.forward(group, number);
            }
        }
        self.store(work, parity);
    }

    /// Two layers towards values over one group, the `number`-th of its size.
    fn forward(self, group: &mut [Vector], number: usize) {
        let quad = Quad::at(self.products, 4 * number);
        if number == 0 {
            quads(group, |values| quad.forward_at_zero(values));
        } else {
            quads(group, |values| quad.forward(values));
        }
    }

    /// Writes the parity rows. From 8 points on, the innermost step towards values is taken on the way.
    fn store(self, work: &mut [Vector], parity: &mut [Vector]) {
        let columns = self.start..self.start + self.width;
        let last_step = work.len() / self.width >= 8;
        let mut rows = parity
            .chunks_exact_mut(self.stride)
            .map(|row| &mut row[columns.clone()]);
        for (number, group) in work.chunks_mut(4 * self.width).enumerate() {
            if last_step && rows.len() >= 4 {
                let four = core::array::from_fn(|_| rows.next().unwrap_or_default());
                let quad = Quad::at(self.products, 4 * number);
                if number == 0 {
                    quads_into(group, four, |values| quad.forward_at_zero(values));
                } else {
                    quads_into(group, four, |values| quad.forward(values));
                }
                continue;
            }
            if rows.len() == 0 {
                break;
            }
            if last_step {
                self.forward(group, number);
            }
            let values = group.chunks_exact(self.width);
            values
                .zip(rows.by_ref())
                .for_each(|(values, row)| row.copy_from_slice(values));
        }
    }
}
