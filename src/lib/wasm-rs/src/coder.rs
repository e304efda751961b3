//! A plan made once for a stripe, then run over its blocks slice by slice.
//!
//! The host writes a slice of each input block to its row, runs the plan, and reads the output rows. Columns are
//! independent, so a stripe of any block size passes through the same few rows: memory never grows, and everything
//! stays in the second-level cache.

use crate::combination::{add_up, combine, Layout};
use crate::generator::coefficient;
use crate::geometry::{Code, Geometry, Refusal, BLOCKS_MAX};
use crate::recovery::{solve, FACTORS_MAX};
use crate::transform::Transform;
use crate::vector::{fill, Product, Products, Vector, VECTOR_BYTES};

/// Vectors in the area of rows: 255 rows of 4 KiB and 64 bytes.
pub const AREA_VECTORS: usize = BLOCKS_MAX * (256 + PAD_VECTORS);

/// Vectors between the rows, so that equal columns of many rows do not meet in one set of a cache.
const PAD_VECTORS: usize = 4;

/// The widest row: 32 KiB.
const ROW_VECTORS_MAX: usize = 2048;

/// The vectors that the rows of one stripe fill at most: 512 KiB.
const RESIDENT_VECTORS: usize = 32 * 1024;

/// What running does to the rows.
enum Plan {
    None,
    Transform(Transform),
    /// Factors stand in [`Coder::factors`].
    Matrix,
    AddUp,
}

/// Tables, plan and factors. The rows and the working space belong to the caller.
pub struct Coder {
    products: Products,
    factors: [u8; FACTORS_MAX],
    plan: Plan,
    inputs: usize,
    outputs: usize,
}

impl Coder {
    /// A coder without its tables; call [`Coder::open`] before anything else.
    pub const fn new() -> Self {
        Self {
            products: [Product::EMPTY; 256],
            factors: [0; FACTORS_MAX],
            plan: Plan::None,
            inputs: 0,
            outputs: 0,
        }
    }

    /// Fills the multiplication tables.
    pub fn open(&mut self) {
        fill(&mut self.products);
    }

    /// Plans the k parity rows of m data rows, by whichever way takes fewer multiplications.
    pub fn prepare_encode(&mut self, data: usize, parity: usize) -> Result<(), Refusal> {
        self.plan = Plan::None;
        let geometry = Geometry::new(data, parity)?;
        (self.inputs, self.outputs) = (data, parity);
        if let Code::Lch { log } = geometry.code() {
            let transform = Transform { data, parity, log };
            // A product in the matrix kernel shares its loads; measured, it costs three quarters of one in a butterfly.
            if parity > 1 && transform.products() * 4 < data * parity * 3 {
                self.plan = Plan::Transform(transform);
                return Ok(());
            }
        }
        for (row, factors) in self.factors.chunks_exact_mut(data).take(parity).enumerate() {
            for (column, factor) in factors.iter_mut().enumerate() {
                *factor = coefficient(geometry, row, column);
            }
        }
        self.choose_kernel();
        Ok(())
    }

    /// Plans the wanted rows from m given rows. Both lists are positions below n = m + k.
    pub fn prepare_recovery(
        &mut self,
        data: usize,
        parity: usize,
        given: &[u8],
        wanted: &[u8],
    ) -> Result<(), Refusal> {
        self.plan = Plan::None;
        let geometry = Geometry::new(data, parity)?;
        if data + wanted.len() > BLOCKS_MAX {
            return Err(Refusal::Positions);
        }
        solve(geometry, given, wanted, &mut self.factors)?;
        (self.inputs, self.outputs) = (data, wanted.len());
        self.choose_kernel();
        Ok(())
    }

    fn choose_kernel(&mut self) {
        let factors = &self.factors[..self.inputs * self.outputs];
        let ones = factors.iter().all(|&factor| factor == 1);
        self.plan = if ones { Plan::AddUp } else { Plan::Matrix };
    }

    /// Vectors that a row of the planned stripe holds: even, and small enough that all rows stay in the second-level
    /// cache.
    pub fn row_vectors(&self) -> usize {
        let rows = (self.inputs + self.outputs).max(1);
        let resident = (RESIDENT_VECTORS / rows).max(AREA_VECTORS / BLOCKS_MAX - PAD_VECTORS);
        resident.min(ROW_VECTORS_MAX) & !1
    }

    /// Vectors from the begin of one row to the next.
    pub fn stride_vectors(&self) -> usize {
        self.row_vectors() + PAD_VECTORS
    }

    /// Computes the output rows of a slice of `bytes` bytes a row. What follows them in a row's last vectors is garbage.
    pub fn run(&self, rows: &mut [Vector], work: &mut [Vector], bytes: usize) -> Result<(), Refusal> {
        if bytes > self.row_vectors() * VECTOR_BYTES {
            return Err(Refusal::Bytes);
        }
        let layout = Layout {
            inputs: self.inputs,
            outputs: self.outputs,
            stride: self.stride_vectors(),
            columns: bytes.div_ceil(VECTOR_BYTES),
        };
        match self.plan {
            Plan::None => return Err(Refusal::Unprepared),
            Plan::Transform(transform) => {
                transform.encode(&self.products, rows, layout.stride, layout.columns, work)
            }
            Plan::Matrix => combine(&self.products, &self.factors, rows, layout),
            Plan::AddUp => add_up(rows, layout),
        }
        Ok(())
    }
}

impl Default for Coder {
    fn default() -> Self {
        Self::new()
    }
}
