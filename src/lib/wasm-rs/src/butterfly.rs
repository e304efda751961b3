//! The steps of the additive FFT over four rows at once: two layers fused, so that each vector is loaded and stored once
//! for two butterflies. The outermost steps read the data rows and write the parity rows themselves.

use crate::vector::{sum, Product, Products, Vector};

/// The twiddle factors of two fused layers: of the inner layer's two butterflies, and of the outer layer.
#[derive(Clone, Copy)]
pub struct Quad {
    ab: Product,
    cd: Product,
    outer: Product,
}

impl Quad {
    /// The factors at a point, given as the point over the inner layer's distance: a multiple of 4 up to 255.
    pub fn at(products: &Products, base: usize) -> Self {
        Self {
            ab: products[base & 255],
            cd: products[(base + 2) & 255],
            outer: products[base / 2],
        }
    }

    /// Values to coefficients.
    #[inline(always)]
    pub fn inverse(&self, [a, b, c, d]: [Vector; 4]) -> [Vector; 4] {
        let b = sum(a, b);
        let a = sum(a, self.ab.times(b));
        let d = sum(c, d);
        let c = sum(c, self.cd.times(d));
        let c = sum(a, c);
        let d = sum(b, d);
        [sum(a, self.outer.times(c)), sum(b, self.outer.times(d)), c, d]
    }

    /// Coefficients to values.
    #[inline(always)]
    pub fn forward(&self, [a, b, c, d]: [Vector; 4]) -> [Vector; 4] {
        let a = sum(a, self.outer.times(c));
        let b = sum(b, self.outer.times(d));
        let c = sum(a, c);
        let d = sum(b, d);
        let a = sum(a, self.ab.times(b));
        let c = sum(c, self.cd.times(d));
        [a, sum(a, b), c, sum(c, d)]
    }

    /// [`Quad::forward`] at point 0, where two of the factors vanish.
    #[inline(always)]
    pub fn forward_at_zero(&self, [a, b, c, d]: [Vector; 4]) -> [Vector; 4] {
        let c = sum(a, c);
        let d = sum(b, d);
        let c = sum(c, self.cd.times(d));
        [a, sum(a, b), c, sum(c, d)]
    }
}

/// One layer, values to coefficients.
#[inline(always)]
pub fn inverse_pair(t: &Product, [low, high]: [Vector; 2]) -> [Vector; 2] {
    let high = sum(low, high);
    [sum(low, t.times(high)), high]
}

/// One layer at point 0, coefficients to values: its factor vanishes.
#[inline(always)]
pub fn forward_pair_at_zero([low, high]: [Vector; 2]) -> [Vector; 2] {
    [low, sum(low, high)]
}

/// Runs a step over the two halves of a group of rows, in place.
#[inline(always)]
pub fn pairs(group: &mut [Vector], step: impl Fn([Vector; 2]) -> [Vector; 2]) {
    let (low, high) = group.split_at_mut(group.len() / 2);
    for (low, high) in low.iter_mut().zip(high) {
        [*low, *high] = step([*low, *high]);
    }
}

/// Runs a step over the four quarters of a group of rows, in place.
#[inline(always)]
pub fn quads(group: &mut [Vector], step: impl Fn([Vector; 4]) -> [Vector; 4]) {
    let [a, b, c, d] = quarters(group);
    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
        [*a, *b, *c, *d] = step([*a, *b, *c, *d]);
    }
}

/// Runs a step from four rows into the four quarters of a group.
#[inline(always)]
pub fn quads_from(rows: [&[Vector]; 4], group: &mut [Vector], step: impl Fn([Vector; 4]) -> [Vector; 4]) {
    let [a, b, c, d] = quarters(group);
    let sources = rows[0].iter().zip(rows[1]).zip(rows[2]).zip(rows[3]);
    let targets = a.iter_mut().zip(b).zip(c).zip(d);
    for ((((a, b), c), d), (((ra, rb), rc), rd)) in targets.zip(sources) {
        [*a, *b, *c, *d] = step([*ra, *rb, *rc, *rd]);
    }
}

/// Runs a step from the four quarters of a group into four rows.
#[inline(always)]
pub fn quads_into(
    group: &mut [Vector],
    [ra, rb, rc, rd]: [&mut [Vector]; 4],
    step: impl Fn([Vector; 4]) -> [Vector; 4],
) {
    let [a, b, c, d] = quarters(group);
    let sources = a.iter().zip(b).zip(c).zip(d);
    let targets = ra.iter_mut().zip(rb).zip(rc).zip(rd);
    for ((((ra, rb), rc), rd), (((a, b), c), d)) in targets.zip(sources) {
        [*ra, *rb, *rc, *rd] = step([*a, *b, *c, *d]);
    }
}

fn quarters(group: &mut [Vector]) -> [&mut [Vector]; 4] {
    let quarter = group.len() / 4;
    let (front, back) = group.split_at_mut(2 * quarter);
    let (a, b) = front.split_at_mut(quarter);
    let (c, d) = back.split_at_mut(quarter);
    [a, b, c, d]
}
