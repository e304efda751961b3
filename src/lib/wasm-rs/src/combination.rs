//! Sums of rows times constants: the matrix kernel, for recovery and for parity where an FFT does not pay.

use crate::vector::{sum, Halves, Products, Vector, ZERO};

/// Rows of inputs and outputs in one area: row i begins at `i * stride`, inputs first, `columns` vectors are worked on.
#[derive(Clone, Copy)]
pub struct Layout {
    /// Count of input rows.
    pub inputs: usize,
    /// Count of output rows.
    pub outputs: usize,
    /// Vectors from one row's begin to the next's.
    pub stride: usize,
    /// Vectors of each row to work on; rounded up to an even number, for which the stride must leave room.
    pub columns: usize,
}

/// Output row w becomes the sum over inputs i of `factors[w * inputs + i]` times input row i.
pub fn combine(products: &Products, factors: &[u8], rows: &mut [Vector], layout: Layout) {
    let (inputs, outputs) = rows.split_at_mut(layout.inputs * layout.stride);
    let outputs = outputs[..].chunks_mut(4 * layout.stride);
    let factors = factors[..layout.inputs * layout.outputs].chunks(4 * layout.inputs);
    for (outputs, factors) in outputs.zip(factors) {
        match factors.len() / layout.inputs {
            4 => combine_rows::<4>(products, factors, inputs, outputs, layout),
            3 => combine_rows::<3>(products, factors, inputs, outputs, layout),
            2 => combine_rows::<2>(products, factors, inputs, outputs, layout),
            _ => combine_rows::<1>(products, factors, inputs, outputs, layout),
        }
    }
}

/// R output rows in one pass over the inputs, two columns at a time: each input is loaded once for R products.
fn combine_rows<const R: usize>(
    products: &Products,
    factors: &[u8],
    inputs: &[Vector],
    outputs: &mut [Vector],
    layout: Layout,
) {
    let factors: [&[u8]; R] = core::array::from_fn(|r| &factors[r * layout.inputs..][..layout.inputs]);
    for column in (0..layout.columns).step_by(2) {
        let mut totals = [[ZERO; 2]; R];
        for (i, row) in inputs.chunks_exact(layout.stride).enumerate() {
            let pair = [Halves::of(row[column]), Halves::of(row[column + 1])];
            for (total, factors) in totals.iter_mut().zip(&factors) {
                let product = &products[factors[i] as usize];
                total[0] = sum(total[0], product.times_halves(pair[0]));
                total[1] = sum(total[1], product.times_halves(pair[1]));
            }
        }
        for (r, total) in totals.iter().enumerate() {
            outputs[r * layout.stride + column..][..2].copy_from_slice(total);
        }
    }
}

/// Every output row becomes the XOR of all input rows: the matrix of ones, without multiplying.
pub fn add_up(rows: &mut [Vector], layout: Layout) {
    let (inputs, outputs) = rows.split_at_mut(layout.inputs * layout.stride);
    for output in outputs.chunks_mut(layout.stride).take(layout.outputs) {
        let output = &mut output[..layout.columns];
        output.fill(ZERO);
        for input in inputs.chunks_exact(layout.stride) {
            output
                .iter_mut()
                .zip(input)
                .for_each(|(total, &value)| *total = sum(*total, value));
        }
    }
}
