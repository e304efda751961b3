//! Which combination of m given blocks yields each wanted block.

use crate::field::{divide, multiply};
use crate::generator::coefficient;
use crate::geometry::{Geometry, Refusal, BLOCKS_MAX};

/// The most lost data blocks that parity can stand in for: min(m, k) with m + k <= 255.
const LOST_MAX: usize = BLOCKS_MAX / 2;

/// The most factors a recovery has: rows times m, with rows + m <= 255.
pub const FACTORS_MAX: usize = LOST_MAX * (LOST_MAX + 1);

type Square = [[u8; LOST_MAX]; LOST_MAX];

/// Where each given position stands: data blocks by their place among the given, parity blocks as a list.
struct Survey {
    /// For each data block, its place among the given, if it is there.
    place: [Option<u8>; BLOCKS_MAX],
    /// Missing data blocks, ascending.
    lost: [u8; BLOCKS_MAX],
    lost_count: usize,
    /// (parity number, place among the given) of the parity blocks, as given. As many as data blocks are lost.
    parity: [(u8, u8); BLOCKS_MAX],
}

/// Fills `factors` row by row: wanted block w is the sum over given block g of `factors[w * m + g]` times that block.
///
/// `given` are m distinct positions below n, in any order. Cost: one inversion of the size of the lost data blocks.
pub fn solve(geometry: Geometry, given: &[u8], wanted: &[u8], factors: &mut [u8]) -> Result<(), Refusal> {
    let m = geometry.data();
    let survey = survey(geometry, given)?;
    if wanted.iter().any(|&w| w as usize >= geometry.blocks()) || wanted.len() * m > factors.len() {
        return Err(Refusal::Positions);
    }
    let inverse = inverse(geometry, &survey);
    for (&position, row) in wanted.iter().zip(factors.chunks_exact_mut(m)) {
        row.fill(0);
        fill_row(geometry, &survey, &inverse, position as usize, row);
    }
    Ok(())
}

fn survey(geometry: Geometry, given: &[u8]) -> Result<Survey, Refusal> {
    let m = geometry.data();
    let mut survey = Survey {
        place: [None; BLOCKS_MAX],
        lost: [0; BLOCKS_MAX],
        lost_count: 0,
        parity: [(0, 0); BLOCKS_MAX],
    };
    let mut seen = [false; BLOCKS_MAX];
    let mut parity_count = 0;
    if given.len() != m {
        return Err(Refusal::Positions);
    }
    for (place, &position) in given.iter().enumerate() {
        let position = position as usize;
        if position >= geometry.blocks() || core::mem::replace(&mut seen[position], true) {
            return Err(Refusal::Positions);
        }
        if position < m {
            survey.place[position] = Some(place as u8);
        } else {
            survey.parity[parity_count] = ((position - m) as u8, place as u8);
            parity_count += 1;
        }
    }
    for data in 0..m {
        if survey.place[data].is_none() {
            survey.lost[survey.lost_count] = data as u8;
            survey.lost_count += 1;
        }
    }
    Ok(survey)
}

/// Inverts the submatrix of the generator at the given parity rows and the lost data columns (Gauss-Jordan; the
/// submatrix is never singular, because the code is MDS).
fn inverse(geometry: Geometry, survey: &Survey) -> Square {
    let count = survey.lost_count;
    let mut left: Square = [[0; LOST_MAX]; LOST_MAX];
    let mut right: Square = [[0; LOST_MAX]; LOST_MAX];
    for (row, &(parity, _)) in survey.parity[..count].iter().enumerate() {
        for (value, &data) in left[row].iter_mut().zip(&survey.lost[..count]) {
            *value = coefficient(geometry, parity as usize, data as usize);
        }
        right[row][row] = 1;
    }
    for pivot in 0..count {
        let row = (pivot..count)
            .find(|&row| left[row][pivot] != 0)
            .expect("the code is MDS");
        left.swap(pivot, row);
        right.swap(pivot, row);
        scale(&mut left, &mut right, pivot, count);
        for row in (0..count).filter(|&row| row != pivot) {
            eliminate(&mut left, &mut right, row, pivot, count);
        }
    }
    right
}

/// Divides a row by its pivot.
fn scale(left: &mut Square, right: &mut Square, pivot: usize, count: usize) {
    let divisor = left[pivot][pivot];
    for side in [left, right] {
        for value in &mut side[pivot][..count] {
            *value = divide(*value, divisor);
        }
    }
}

/// Takes the pivot row off another, so that its entry in the pivot's column vanishes.
fn eliminate(left: &mut Square, right: &mut Square, row: usize, pivot: usize, count: usize) {
    let factor = left[row][pivot];
    for side in [left, right] {
        let above = side[pivot];
        for (value, &taken) in side[row][..count].iter_mut().zip(&above) {
            *value ^= multiply(factor, taken);
        }
    }
}

/// One row of factors: the wanted block as a sum of data blocks, with each lost one replaced by what it is made of.
fn fill_row(g: Geometry, survey: &Survey, inverse: &Square, position: usize, row: &mut [u8]) {
    let share = |data: usize| match position.checked_sub(g.data()) {
        None => u8::from(position == data),
        Some(parity) => coefficient(g, parity, data),
    };
    for (data, place) in survey.present(g) {
        row[place] ^= share(data);
    }
    for (r, &(parity, place)) in survey.parity[..survey.lost_count].iter().enumerate() {
        let lost = survey.lost[..survey.lost_count].iter().enumerate();
        let weight = lost.fold(0, |weight, (e, &data)| {
            weight ^ multiply(share(data as usize), inverse[e][r])
        });
        if weight == 0 {
            continue;
        }
        row[place as usize] ^= weight;
        for (data, place) in survey.present(g) {
            row[place] ^= multiply(weight, coefficient(g, parity as usize, data));
        }
    }
}

impl Survey {
    /// The data blocks among the given: (data block, place).
    fn present(&self, g: Geometry) -> impl Iterator<Item = (usize, usize)> + '_ {
        let places = self.place[..g.data()].iter().enumerate();
        places.filter_map(|(data, place)| place.map(|place| (data, place as usize)))
    }
}
